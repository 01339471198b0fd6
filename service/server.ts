import { stopAtOnceOnSignal } from './early-stop.ts';

// Loading the service takes the better part of a second, and blocks. A signal in between takes effect at its end.
stopAtOnceOnSignal();
await import('./start.ts');
