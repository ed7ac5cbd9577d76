/** @file The service worker of the explorer's page: whose answer a request gets, the host's or the kept one. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const FOLDER = 'http://127.0.0.1:8017/';
const KEPT = ['', 'digits.csv.gz', 'icon.svg', 'assets/main-1a2b.js'].map((name) => FOLDER + name);

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly mode: string;
}
type Seen = (event: { readonly request: Asked; respondWith(answer: Promise<string>): void }) => void;

const listeners = new Map<string, Seen>();
let hostAnswers = true;

beforeAll(async () => {
  vi.stubGlobal('FILES', []);
  vi.stubGlobal('DIGEST', 'd');
  vi.stubGlobal('registration', { scope: FOLDER });
  vi.stubGlobal('addEventListener', (name: string, seen: Seen) => listeners.set(name, seen));
  vi.stubGlobal('caches', {
    open: async () => ({
      match: async (asked: Asked | './') => (asked === './' || KEPT.includes(asked.url) ? 'kept' : undefined),
    }),
  });
  vi.stubGlobal('fetch', async () => {
    if (!hostAnswers) throw new TypeError('no host');
    return 'host';
  });
  const source = new URL('../../../../src/experiments/explorer/page/offline.ts', import.meta.url);
  await import(source.href);
});
afterAll(() => {
  vi.unstubAllGlobals();
});

async function answered(name: string, mode = 'cors'): Promise<string | undefined> {
  let answer: Promise<string> | undefined;
  listeners.get('fetch')?.({
    request: { url: FOLDER + name, method: 'GET', mode },
    respondWith: (given) => {
      answer = given;
    },
  });
  return await answer;
}

describe('answers', () => {
  test('a host that answers is asked for all whose names hold no digest', async () => {
    hostAnswers = true;
    expect(await answered('', 'navigate')).toBe('host');
    expect(await answered('digits.csv.gz')).toBe('host');
    expect(await answered('icon.svg')).toBe('host');
    expect(await answered('assets/main-1a2b.js')).toBe('kept');
    expect(await answered('assets/other.js')).toBe('host');
  });

  test('without it, what was kept; pages that were not kept fail', async () => {
    hostAnswers = false;
    expect(await answered('', 'navigate')).toBe('kept');
    expect(await answered('index.html?again', 'navigate')).toBe('kept');
    expect(await answered('digits.csv.gz')).toBe('kept');
    await expect(answered('elsewhere/', 'navigate')).rejects.toThrow('no host');
  });
});
