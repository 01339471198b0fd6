import { configureGlobal } from 'fast-check';

// The same cases in every run: a failure that is found is found again. FC_SEED looks for others.
configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_121) });
