/** @file A real Chromium on the explorer's page, with everything watched that must not happen. */
import { spawnSync } from 'node:child_process';
import type { Browser, Page } from 'puppeteer-core';
import puppeteer from 'puppeteer-core';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The browser to drive: EIGENFLUENCE_BROWSER, or the first one that answers, by its path. */
export function findBrowser(): string | undefined {
  const wish = process.env['EIGENFLUENCE_BROWSER'];
  const found = (wish === undefined ? BROWSERS : [wish]).find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined || found.includes('/')) return found;
  return spawnSync('which', [found], { encoding: 'utf8' }).stdout.trim();
}

/** No name leads anywhere but this machine: what the page would load from elsewhere fails, and is seen. */
export function launch(executablePath: string): Promise<Browser> {
  return puppeteer.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}

/** What was seen on a page. */
export interface Watched {
  readonly page: Page;
  /** Console errors, exceptions, requests that failed or went elsewhere. */
  readonly troubles: string[];
  /** Violations of the policy, and durations in milliseconds of the tasks over 50 ms, so far. */
  readonly report: () => Promise<{ violations: string[]; longTasks: number[] }>;
  /** Ends the watching. @returns the longest task of the page's main thread, in milliseconds of processor time. */
  readonly longestTask: () => Promise<number>;
}

interface Window {
  watched: { violations: string[]; longTasks: number[] };
}

/** A page of some size. @param origin - Where all requests may go. */
export async function watchedPage(
  browser: Browser,
  origin: string,
  width: number,
  height: number,
): Promise<Watched> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width, height, isMobile: width < 500, hasTouch: width < 500 });
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error instanceof Error ? error.message : String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(blob|about):/.test(request.url()))
      troubles.push(request.url());
  });
  page.on('requestfailed', (request) => {
    if (!request.url().startsWith('blob:')) troubles.push(`failed: ${request.url()}`);
  });
  await page.evaluateOnNewDocument(() => {
    const watched = { violations: [] as string[], longTasks: [] as number[] };
    (globalThis as unknown as Window).watched = watched;
    const host = globalThis as unknown as {
      addEventListener(name: string, seen: (event: Record<string, string>) => void): void;
      PerformanceObserver: new (
        seen: (list: { getEntries(): { duration: number }[] }) => void,
      ) => {
        observe(options: object): void;
      };
    };
    host.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      watched.violations.push(`${violatedDirective} ${blockedURI}`);
    });
    new host.PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.longTasks.push(duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.tracing.start({ categories: ['toplevel'] });
  return {
    page,
    troubles,
    report: () => page.evaluate(() => (globalThis as unknown as Window).watched),
    longestTask: async () => longestOf(await page.tracing.stop()),
  };
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread's own clock. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Of the renderer's main thread that did the most. */
function longestOf(trace: Uint8Array | undefined): number {
  const { traceEvents } = JSON.parse(new TextDecoder().decode(trace)) as { traceEvents: TraceEvent[] };
  const threads = new Map<string, { total: number; longest: number }>();
  for (const { name, pid, tid, args } of traceEvents)
    if (name === 'thread_name' && args?.name === 'CrRendererMain')
      threads.set(`${pid} ${tid}`, { total: 0, longest: 0 });
  for (const { name, pid, tid, tdur = 0 } of traceEvents) {
    const thread = threads.get(`${pid} ${tid}`);
    if (thread === undefined || !/RunTask$/.test(name)) continue;
    thread.total += tdur;
    thread.longest = Math.max(thread.longest, tdur / 1000);
  }
  const busiest = [...threads.values()].sort((a, b) => b.total - a.total)[0];
  if (busiest === undefined || busiest.total === 0) throw new Error('the trace has no tasks of the page');
  return busiest.longest;
}
