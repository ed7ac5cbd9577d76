/** @file The server of the page: its headers, its types, nothing outside of its folder, a port in use, Ctrl-C. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, type PageServer, servePage } from '../../../src/experiments/explorer/page-server.ts';
import { PAGE_POLICY } from '../../../src/experiments/explorer/policy.ts';
import { ROOT } from '../../helpers/sources.ts';
import { command } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const root = temporaryFolder();
const folder = path.join(root, 'page');
let server: PageServer;

beforeAll(async () => {
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), '<p>page');
  writeFileSync(path.join(folder, 'assets/x.js'), '1');
  writeFileSync(path.join(root, 'secret'), 'no');
  writeFileSync(path.join(root, 'page-secret'), 'no');
  server = await servePage(folder, 0);
});
afterAll(() => server.close());

/** Status, headers and body of a request as it stands: `fetch` would tidy the path. */
function ask(
  url: string,
  more: { method?: string; host?: string } = {},
): Promise<[number, Record<string, unknown>, string]> {
  const { method = 'GET', host } = more;
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    request({ host: '127.0.0.1', port: server.port, path: url, method, headers }, (response) => {
      let body = '';
      response.on('data', (part) => {
        body += part;
      });
      response.on('end', () => resolve([response.statusCode ?? 0, response.headers, body]));
    })
      .on('error', reject)
      .end();
  });
}

test('types and policy', async () => {
  const [status, headers, body] = await ask('/?x#y');
  expect([status, body]).toEqual([200, '<p>page']);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${PAGE_POLICY}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
  });
  expect((await ask('/assets/x.js'))[1]).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8' });
  expect(await ask('/index.html', { method: 'HEAD' })).toMatchObject([200, { 'content-length': '7' }, '']);
});

test('the page says the same policy itself, and has no script or style in it', () => {
  const html = readFileSync(path.join(ROOT, 'src/experiments/explorer/page/index.html'), 'utf8');
  expect(html).toContain(`content="${PAGE_POLICY}"`);
  expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src=)/);
  expect(PAGE_POLICY).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
});

test.each(['/../secret', '/%2e%2e/secret', '/assets/..%2f..%2fsecret', '/..%5csecret', '/../page-secret', '/assets', '/nothing', '/%00', '/%zz', '//etc/passwd', 'secret'])('%s is not there', async (url) => {
  expect(fileOf(folder, url)).toBeUndefined();
  expect((await ask(url.startsWith('/') ? url : `/${url}`))[0]).toBe(404);
}); // biome-ignore format: one list

test('only reading, and only for this machine', async () => {
  expect((await ask('/', { method: 'POST' }))[0]).toBe(405);
  expect((await ask('/', { host: 'evil.example' }))[0]).toBe(403);
  expect((await ask('/', { host: `localhost:${server.port}` }))[0]).toBe(200);
});

test('a port in use is one line', async () => {
  await expect(servePage(folder, server.port)).rejects.toThrow(
    `port ${server.port} is in use: --port names another, --port 0 takes any that is free.`,
  );
});

test('explore refuses what has no meaning', async () => {
  expect((await command('explore', '--port', '70000')).code).not.toBe(0);
  expect((await command('explore', '--out', path.join(root, 'site'), '--port', '80')).stderr).toMatch(
    /--port has no effect with --out/,
  );
});
