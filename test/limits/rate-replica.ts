import { PlainStore } from './plain-store.ts';
import { RateLimiter } from '../../service/limits/rate-limiter.ts';

// A replica as a process of its own: asks so many times, a few at once, and prints how often it was allowed.
const [port, limit, times] = process.argv.slice(2).map(Number) as [number, number, number];
const store = await new PlainStore(port).ready();
const limiter = new RateLimiter(limit, store);
let allowed = 0;
let left = times;
const ask = async () => {
  while (left-- > 0) {
    if ((await limiter.take('tenant')).allowed) allowed += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
};
await Promise.all(Array.from({ length: 8 }, ask));
console.log(allowed);
store.close();
