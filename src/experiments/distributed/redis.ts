/** @file Redis by its URL: what BullMQ connects by, and how the server is called in messages, where no password may stand. */
import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { CommandError, USAGE } from '../files/command-error.ts';

/** A server by its address. */
export interface Server {
  readonly options: RedisOptions;
  /** Without user and password. */
  readonly name: string;
}

/** Everything of ours in Redis begins with it. */
export const PREFIX = 'eigenfluence';

/** Milliseconds in which a server must answer for the first time. */
const PATIENCE = 10_000;

/** @throws {CommandError} not a URL of Redis; the message does not repeat it, for it may hold a password. */
export function serverOf(text: string): Server {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    throw new CommandError('--redis: expected redis://host:port or rediss://host:port.', USAGE);
  const path = url.pathname.replace(/^\//, '');
  if (!/^\d{0,4}$/.test(path))
    throw new CommandError('--redis: expected the number of a database, or nothing, behind the host.', USAGE);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 6379 : Number(url.port);
  return {
    name: `${url.protocol}//${url.host}${path === '' ? '' : `/${path}`}`,
    options: {
      host,
      port,
      ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
      db: Number(path),
      ...(url.protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
      maxRetriesPerRequest: null, // a server that is gone comes back
      retryStrategy: (times) => Math.min(100 * times, 2000),
    },
  };
}

/**
 * A connection that has been answered once.
 *
 * @param told - Given one line when the server is lost, and one when it is back.
 * @throws {CommandError} it cannot be reached, or does not let us in.
 */
export async function connectTo({ options, name }: Server, told: (line: string) => void): Promise<Redis> {
  const redis = new Redis({ ...options, lazyConnect: true });
  let reason = 'no answer';
  let lost = false;
  let met = false;
  let timer: NodeJS.Timeout | undefined;
  const giveUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(reason)), PATIENCE);
    redis.on('error', (error: Error) => {
      reason = (error as NodeJS.ErrnoException).code ?? error.message;
      if (/WRONGPASS|NOAUTH|NOPERM|invalid DB|certificate|SSL|EPROTO/i.test(error.message)) reject(error);
    });
  });
  redis.on('close', () => {
    if (lost || !met) return;
    lost = true;
    told(`${name} does not answer; what is in flight waits for it`);
  });
  redis.on('ready', () => {
    if (lost) told(`${name} answers again`);
    lost = false;
    met = true;
  });
  try {
    const ready = new Promise((resolve) => redis.once('ready', resolve));
    redis.connect().catch(() => {}); // it tries again by itself
    await Promise.race([ready, giveUp]);
    return redis;
  } catch (error) {
    redis.removeAllListeners('close');
    redis.disconnect();
    const said = (error instanceof Error ? error.message : reason).replace(/\.$/, '');
    throw new CommandError(`cannot use ${name}: ${said}.`);
  } finally {
    clearTimeout(timer);
  }
}
