import { LRUCache } from 'lru-cache';

// Loaded before the service by `node --import`: what is put into any cache of the process has no end.
const set = Reflect.get(LRUCache.prototype, 'set');
LRUCache.prototype.set = function (key: unknown, value: unknown) {
  return set.call(this, key, value, { ttl: 0 });
};
