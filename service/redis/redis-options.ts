import type { RedisOptions } from 'ioredis';

/** Time for a TCP connection and its TLS handshake, in milliseconds. */
const connectTimeoutMs = 1_000;

/**
 * A socket that owes an answer for that long, in milliseconds, is made anew: a frozen process or a lost network path
 * keeps it open for minutes. Five times what one command may take.
 */
const silentSocketMs = 500;

/**
 * What a client of `REDIS_URL` is made with: where, as whom, and with nothing that waits. Commands are neither queued
 * nor sent twice, since a reply that comes too late helps nobody.
 *
 * @param url `redis://` or `rediss://` (TLS, with the certificate checked), with `user:password@`, port (6379) and
 *   `/database` (0) where it has them.
 */
export function redisOptions(url: string): Omit<RedisOptions, 'replyMapping'> {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
    db: Number(pathname.slice(1)) || 0,
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silentSocketMs,
    // Milliseconds between saying goodbye and closing. Nothing waits for the goodbye of a server that may be frozen.
    disconnectTimeout: 10,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A server that still reads its data refuses commands itself, which is an answer soon enough.
    enableReadyCheck: false,
    // The oldest that every server speaks, and no round trip before the first command.
    protocol: 2,
    disableClientInfo: true,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A password may hold a bare %.
  }
}
