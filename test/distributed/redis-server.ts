/** @file A real Redis of this machine, on 127.0.0.1 alone, that can be killed and started again. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

/** Installs the server of Debian where there is none. @throws {Error} it cannot be installed. */
export function haveRedis(): void {
  if (spawnSync('redis-server', ['--version']).status === 0) return;
  const install = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server';
  const { status, stderr } = spawnSync('sh', ['-c', install], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`redis-server is not here and cannot be installed: ${stderr}`);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** How a server runs. */
export interface ServerOptions {
  readonly folder: string;
  readonly port: number;
  /** Keeps what it holds on disk. */
  readonly persistent?: boolean;
  readonly password?: string;
  /** Certificate, key and authority: TLS only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** One server at one address. */
export class RedisServer {
  private readonly options: ServerOptions;
  private process: ChildProcess | undefined;

  constructor(options: ServerOptions) {
    this.options = options;
    mkdirSync(options.folder, { recursive: true });
  }

  get url(): string {
    const { port, password, tls } = this.options;
    return `${tls ? 'rediss' : 'redis'}://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    const { folder, port, persistent = false, password, tls } = this.options;
    const args = [
      ...['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--maxmemory-policy', 'noeviction'],
      ...['--appendonly', persistent ? 'yes' : 'no', '--appendfsync', 'always'],
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...(tls === undefined
        ? ['--port', String(port)]
        : [
            ...['--port', '0', '--tls-port', String(port), '--tls-cert-file', tls.cert],
            ...['--tls-key-file', tls.key, '--tls-ca-cert-file', tls.cert, '--tls-auth-clients', 'no'],
          ]),
    ];
    this.process = spawn('redis-server', args, { stdio: 'ignore' });
    if (tls !== undefined) return void (await pause(1500));
    const client = this.client();
    for (;;) {
      try {
        await client.ping();
        break;
      } catch {
        await pause(50);
      }
    }
    client.disconnect();
  }

  client(): Redis {
    const { port, password } = this.options;
    const client = new Redis({
      port,
      host: '127.0.0.1',
      ...(password === undefined ? {} : { password }),
      maxRetriesPerRequest: null,
      retryStrategy: () => 100,
    });
    client.on('error', () => {});
    return client;
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const { process: child } = this;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
