/** @file The files of one folder on this machine's own address, to browsers of this machine. */
import { readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { CommandError } from '../files/command-error.ts';
import { HEADERS } from './policy.ts';

const ADDRESS = '127.0.0.1';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.gz': 'application/gzip',
  '.txt': 'text/plain; charset=utf-8',
};

/** A server that listens. */
export interface PageServer {
  readonly url: string;
  readonly port: number;
  /** Ends it, open connections too. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the files of a folder, GET and HEAD only, with the policy of the page.
 *
 * @param port - 0: any that is free. @throws {CommandError} the port is in use, or may not be used.
 */
export async function servePage(folder: string, port: number): Promise<PageServer> {
  const server = createServer((request, response) => answer(folder, request, response));
  await listen(server, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${ADDRESS}:${taken}/`,
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = { EADDRINUSE: 'is in use', EACCES: 'may not be used by you' }[error.code ?? ''];
      reject(
        reason === undefined
          ? error
          : new CommandError(
              `port ${port} ${reason}: --port names another, --port 0 takes any that is free.`,
            ),
      );
    });
    server.listen(port, ADDRESS, resolve);
  });
}

function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const { method, headers } = request;
  if (!isOwnHost(headers.host)) {
    refuse(response, 403, 'this address is for this machine only');
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    refuse(response, 405, 'only GET and HEAD');
    return;
  }
  const file = fileOf(folder, request.url ?? '/');
  if (file === undefined) {
    refuse(response, 404, 'not found');
    return;
  }
  const body = readFileSync(file);
  response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream');
  response.setHeader('Content-Length', body.length);
  // names of assets hold their digest
  const kept = path.basename(path.dirname(file)) === 'assets';
  response.setHeader('Cache-Control', kept ? 'max-age=31536000, immutable' : 'no-cache');
  response.end(method === 'HEAD' ? undefined : body);
}

/** Whether a request was meant for this machine: a page elsewhere whose name leads here is not (DNS rebinding). */
function isOwnHost(host: string | undefined): boolean {
  return host !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}

/** The file that an address names, if it is one within the folder. */
export function fileOf(folder: string, url: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
  if (!name.startsWith('/') || /[\0\\]/.test(name) || name.split('/').includes('..')) return undefined;
  const file = path.join(folder, name.endsWith('/') ? `${name}index.html` : name);
  if (!file.startsWith(folder + path.sep)) return undefined;
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true ? file : undefined;
}
