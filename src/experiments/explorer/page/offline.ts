/** @file The service worker of the page: keeps its files, so that it opens without a network. tools/explorer.mjs writes their names into it. */

declare const FILES: readonly string[];
/** Changes with the files. */
declare const DIGEST: string;

/** What a service worker is given that a page is not. */
interface Scope {
  readonly location: { readonly href: string };
  readonly registration: { readonly scope: string };
  addEventListener(name: 'install' | 'activate', seen: (event: Waiting) => void): void;
  addEventListener(name: 'fetch', seen: (event: Asking) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}
interface Waiting {
  waitUntil(done: Promise<unknown>): void;
}
interface Asking {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const scope = globalThis as unknown as Scope;
const OWN = `eigenfluence ${scope.registration.scope}`;
const KEPT = `${OWN} ${DIGEST}`;

scope.addEventListener('install', (event) => {
  event.waitUntil(keep());
});

/** All files or none: `addAll` fails as a whole. */
async function keep(): Promise<void> {
  const cache = await caches.open(KEPT);
  await cache.addAll(FILES.map((name) => new Request(name, { cache: 'reload' })));
  await scope.skipWaiting();
}

scope.addEventListener('activate', (event) => {
  event.waitUntil(forget());
});

/** Files of older pages in the same folder. */
async function forget(): Promise<void> {
  for (const name of await caches.keys())
    if (name.startsWith(`${OWN} `) && name !== KEPT) await caches.delete(name);
  await scope.clients.claim();
}

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && request.url.startsWith(scope.registration.scope))
    event.respondWith(answer(request));
});

/** From what is kept where the name holds a digest; else from the host first, which may be another server on this port by now. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(KEPT);
  const { scope: folder } = scope.registration;
  const isPage = request.url.replace(/[?#].*$/s, '') === `${folder}index.html`;
  const kept = (): Promise<Response | undefined> =>
    cache.match(isPage ? './' : request, { ignoreSearch: true });
  if (request.url.startsWith(`${folder}assets/`)) return (await kept()) ?? fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    const file = await kept();
    if (file === undefined) throw error;
    return file;
  }
}
