/** @file The keyboard at 390 px, the plane, the static build elsewhere, the server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { servePage } from '../../../src/experiments/explorer/page-server.ts';
import { calm, check, demand, picture, ROOT, work } from './checks.ts';
import { watchedPage } from './chromium.ts';
import { choose, fitted, press, scoredBy, seen, textOf } from './steps.ts';

/** Tab until the element with the focus matches. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    if ((await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)})`)) === true)
      return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

export async function byKeyboard(browser: Browser, url: string): Promise<void> {
  const watched = await watchedPage(browser, url, 390, 844);
  const { page } = watched;
  await page.goto(url);
  await seen(page, 'button.primary');
  await check('390 px, by keyboard alone: from Digits to a retraining', async () => {
    await tabTo(page, 'button.primary');
    await page.keyboard.press('Enter');
    await seen(page, '[data-testid=helped] li');
    await fitted(page);
    await tabTo(page, 'input[name=query]');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(`location.hash.includes('query=1')`);
    await tabTo(page, 'input[name=rung]');
    await page.keyboard.press('ArrowRight'); // from EK-FAC to K-FAC
    await scoredBy(page, 'K-FAC');
    await tabTo(page, '[data-testid=helped] input');
    await page.keyboard.press('Space');
    await tabTo(page, '#what-if .fields button');
    await page.keyboard.press('Enter');
    await seen(page, '[data-testid=what-if]');
    return page.url().replace(/^.*#/, '#');
  });
  await check('what happens is told to screen readers', async () => {
    const told = await textOf(page, 'p[role=status]');
    demand(told.length > 0, 'nothing is told');
    return told;
  });
  await check('everything that can be used has a name', async () => {
    const tree = await page.accessibility.snapshot({ interestingOnly: true });
    const nameless: string[] = [];
    const walk = (node: typeof tree): void => {
      if (node === null) return;
      if (/button|radio|checkbox|slider|textbox|spinbutton|combobox|image|img/i.test(node.role) && !node.name)
        nameless.push(node.role);
      for (const child of node.children ?? []) walk(child);
    };
    walk(tree);
    demand(nameless.length === 0, `without a name: ${nameless.join(', ')}`);
    return undefined;
  });
  await check('phone: policy, requests, width, long tasks', () => calm(watched));
  await picture(page, 'phone');
  await page.close();
}

export async function onPlane(browser: Browser, url: string): Promise<void> {
  const watched = await watchedPage(browser, url, 1200, 900);
  const { page } = watched;
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await page.goto(`${url}#view=plane`);
  await check('the plane: a click, the arrow keys, every point left out', async () => {
    await seen(page, '[data-testid=plane-told]');
    const first = await textOf(page, '[data-testid=plane-told]');
    await page.click('.plane canvas');
    await page.waitForFunction(
      `!document.querySelector('[data-testid=plane-told]').textContent.startsWith(${JSON.stringify(first.slice(0, 20))})`,
    );
    await page.focus('.plane canvas');
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(`location.hash.includes('plane=')`);
    await press(page, 'Leave out every point');
    await seen(page, '#leave-out figure');
    return textOf(page, '[data-testid=agreement]');
  });
  await check('dark plane: policy, requests, width, long tasks', () => calm(watched));
  await picture(page, 'plane-dark');
  await page.emulateMediaFeatures([]);
  await picture(page, 'explorer-plane', '#plane', '#matrices');
  await page.close();
}

/** The static build in a folder of some other host, without headers, and then without that host. */
export async function elsewhere(browser: Browser, folder: string): Promise<void> {
  const site = path.join(work, 'site');
  cpSync(folder, path.join(site, 'deep/down'), { recursive: true });
  const server = await servePage(site, 0);
  const watched = await watchedPage(browser, server.url, 1200, 900);
  const { page } = watched;
  await check('the static build, in a sub-folder of another host', async () => {
    await page.goto(`${server.url}deep/down/#data=digits&rung=kfac&query=3`);
    await seen(page, '[data-testid=helped] li');
    await scoredBy(page, 'K-FAC');
    return undefined;
  });
  await check('and when the host has gone', async () => {
    await fitted(page);
    await server.close();
    await choose(page, 'rung', 'hessian');
    await scoredBy(page, 'Hessian');
    await press(page, 'Train again');
    await page.waitForFunction(`document.querySelector('[data-testid=helped] li') === null`);
    await seen(page, '[data-testid=helped] li');
    return undefined;
  });
  await check('elsewhere: policy, requests, width', () => calm(watched));
  await page.close();
}

/** The static build from a host that answers once, then not at all: the page opens again from what it kept. */
export async function offline(browser: Browser, folder: string): Promise<void> {
  const site = path.join(work, 'offline');
  cpSync(folder, path.join(site, 'deep'), { recursive: true });
  const server = await servePage(site, 0);
  const watched = await watchedPage(browser, server.url, 1200, 900);
  const { page } = watched;
  await page.goto(`${server.url}deep/`);
  await seen(page, 'button.primary');
  await page.waitForFunction('navigator.serviceWorker.controller !== null');
  await server.close();
  await check('without its host the page opens again, and computes', async () => {
    await page.goto(`${server.url}deep/?again#data=digits&rung=kfac&query=3`);
    await seen(page, '[data-testid=helped] li');
    await scoredBy(page, 'K-FAC');
    await page.reload();
    await seen(page, '[data-testid=helped] li');
    return undefined;
  });
  await check('offline: policy, requests, width', () => calm(watched));
  await page.close();
}

/** The command as a person runs it. */
export async function command(): Promise<void> {
  const explore = (...args: string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, [path.join(ROOT, 'tools/cli.mjs'), 'explore', ...args], { stdio: 'pipe' });
  await check('explore serves; a port in use is one line; Ctrl-C ends it', async () => {
    const first = explore('--port', '0');
    const [line] = (await once(first.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const url = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(String(line));
    demand(url !== null, String(line));
    const answer = await fetch(url?.[0] ?? '');
    demand(answer.ok && answer.headers.get('content-security-policy') !== null, 'no page, or no policy');
    const second = explore('--port', url?.[1] ?? '');
    let said = '';
    second.stderr?.on('data', (part) => {
      said += String(part);
    });
    const [refused] = await once(second, 'close');
    demand(refused === 1 && /^eigenfluence: port \d+ is in use[^\n]*\n$/.test(said), said);
    first.kill('SIGINT');
    const [code] = await once(first, 'close');
    demand(code === 0, `exit code ${code}`);
    return url?.[0];
  });
}
