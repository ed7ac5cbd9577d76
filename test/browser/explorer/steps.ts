/** @file What a person does on the page, and waits for. */
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';

/** Milliseconds for anything. */
const PATIENCE = 120_000;

/** Waits for an element. */
export async function seen(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(selector, { timeout: PATIENCE });
}

/** Clicks the button with a text. */
export async function press(page: Page, text: string): Promise<void> {
  const button = await page.waitForSelector(
    `::-p-xpath(//button[contains(., "${text}") and not(@disabled)])`,
    {
      timeout: PATIENCE,
    },
  );
  await button?.evaluate((element) => (element as unknown as { click(): void }).click());
}

/** Waits until every rung of the ladder is fitted. */
export async function fitted(page: Page): Promise<void> {
  await page.waitForFunction(
    `(() => { const all = [...document.querySelectorAll('input[name=rung]')];
      return all.length === 6 && all.every((one) => /fitted|ready|too large/.test(one.parentElement.textContent)); })()`,
    { timeout: PATIENCE },
  );
}

/** The text of an element. */
export function textOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => (element as unknown as { textContent: string }).textContent);
}

/** A list of influences as the page prints it. */
export function ranking(
  page: Page,
  which: 'helped' | 'harmed',
): Promise<{ index: number; score: string; text: string }[]> {
  return page.$$eval(`[data-testid=${which}] li`, (items) =>
    (
      items as unknown as {
        dataset: Record<string, string>;
        querySelector(s: string): { textContent: string };
      }[]
    ).map((item) => ({
      index: Number(item.dataset['index']),
      score: item.dataset['score'],
      text: item.querySelector('.how').textContent,
    })),
  );
}

/** Chooses an option of a group of radio buttons. */
export async function choose(page: Page, name: string, value: string): Promise<void> {
  const selector = `input[name="${name}"][value="${value}"]`;
  await page.waitForSelector(selector); // what another choice shows comes a frame later
  await page.$eval(selector, (input) => (input as unknown as { click(): void }).click());
}

/** Waits until the scores on the page are those of a rung, with what is printed of them. */
export async function scoredBy(page: Page, label: string): Promise<void> {
  await page.waitForFunction(
    `document.querySelector('#influence .hint')?.textContent.startsWith(${JSON.stringify(`${label} on`)})`,
    { timeout: PATIENCE },
  );
}

/** Has downloads of the page put into a folder. */
export async function downloadsTo(page: Page, folder: string): Promise<void> {
  const client = await page.createCDPSession();
  await client.send('Browser.setDownloadBehavior', {
    behavior: 'allow',
    downloadPath: folder,
    browserContextId: page.browserContext().id as string,
  });
}

/** Waits for a file that is being downloaded. */
export async function downloaded(folder: string, name: string): Promise<void> {
  for (let waited = 0; waited < PATIENCE; waited += 100) {
    if (readdirSync(folder).includes(name)) return;
    await setTimeout(100);
  }
  throw new Error(`${name} did not come`);
}

/** Drops a file of this machine on the page, as from a file manager. */
export async function drop(page: Page, file: string): Promise<void> {
  const client = await page.createCDPSession();
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await client.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
}

/** How far the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  ) as Promise<number>;
}
