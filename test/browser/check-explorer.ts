/**
 * @file `npm run check:explorer`: the explorer's page in a real Chromium, end to end: Digits, a dropped table, pictures, numbers against the command
 * line's, the keyboard alone, 390 px, no network, the policy, long tasks. Skipped where there is no Chromium. `--pictures DIR` keeps screenshots.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'puppeteer-core';
import { signed } from '../../src/experiments/explorer/core/format.ts';
import { pageFolder } from '../../src/experiments/explorer/page-folder.ts';
import { servePage } from '../../src/experiments/explorer/page-server.ts';
import { topInfluences } from '../../src/influence/index.ts';
import { Matrix } from '../../src/linalg/index.ts';
import { readNpy, readSafetensors } from '../../src/linalg/io/index.ts';
import { findBrowser, launch, type Watched, watchedPage } from './explorer/chromium.ts';
import {
  choose,
  downloaded,
  downloadsTo,
  drop,
  fitted,
  overflow,
  press,
  ranking,
  scoredBy,
  seen,
  textOf,
} from './explorer/steps.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const work = mkdtempSync(path.join(tmpdir(), 'eigenfluence-explorer-'));
const pictures = process.argv[2] === '--pictures' ? process.argv[3] : undefined;
/** Milliseconds that a task of the page may take, and a first result on Digits. */
const [LONG_TASK, FIRST_RESULT] = [50, 20_000];

let passed = 0;
let failed = 0;
async function check(name: string, body: () => Promise<string | undefined>): Promise<void> {
  try {
    const note = await body();
    passed++;
    console.log(`  ok    ${name}${note === undefined ? '' : `: ${note}`}`);
  } catch (error) {
    failed++;
    console.log(`  FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Keeps a picture of the page, or of the panels from one to another. */
async function picture(page: Page, name: string, from?: string, to?: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  const file = path.join(pictures, `${name}.png`) as `${string}.png`;
  await page.evaluate('scrollTo({ top: 0, behavior: "instant" })');
  const boxes = await Promise.all([from, to].map(async (one) => one && (await page.$(one))?.boundingBox()));
  const [first, last] = boxes;
  if (!first || !last) await page.screenshot({ path: file, fullPage: true });
  else {
    const { x, y, width } = first;
    const clip = { x: x - 20, y, width: width + 40, height: last.y + last.height - y };
    await page.screenshot({ path: file, clip, captureBeyondViewport: true });
  }
}

const cli = (args: readonly string[], cwd: string): string =>
  execFileSync(process.execPath, [path.join(ROOT, 'tools/cli.mjs'), ...args], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
  });

/** The archive of what is on the page, unpacked into a folder, with what the command line makes of it. */
async function again(page: Page, name: string): Promise<{ ours: Matrix; theirs: Matrix; told: string }> {
  const folder = path.join(work, name);
  mkdirSync(folder);
  await downloadsTo(page, folder);
  await press(page, 'Everything for the command line');
  await downloaded(folder, 'eigenfluence.zip');
  for (const [file, bytes] of Object.entries(unzipSync(readFileSync(path.join(folder, 'eigenfluence.zip')))))
    writeFileSync(path.join(folder, file), bytes);
  const told = readFileSync(path.join(folder, 'README.txt'), 'utf8');
  const command = /^npx eigenfluence (influence .*)$/m.exec(told)?.[1] ?? '';
  cli(command.split(' '), folder);
  const [ours, theirs] = ['scores.npy', 'again.npy'].map((file) => {
    const { shape, data } = readNpy(readFileSync(path.join(folder, file)));
    return new Matrix(shape[0], shape[1], data as Float64Array);
  });
  return { ours, theirs, told };
}

/** What the page prints of a query is what follows from the command line's scores. */
async function printedAs(page: Page, scores: Matrix, q: number): Promise<void> {
  const { proponents, opponents } = topInfluences(scores, q, 10);
  for (const [which, list] of [
    ['helped', proponents],
    ['harmed', opponents],
  ] as const) {
    const shown = (await ranking(page, which)).map(({ index, text }) => `${index} ${text}`);
    const wanted = list.map(({ index, score }) => `${index} ${signed(score / scores.cols)}`);
    demand(String(shown) === String(wanted), `${which}: ${shown} on the page, ${wanted} by the command`);
  }
}

/**
 * Nothing that must not be. Tasks are held to their processor time: on a machine that does other things, a clock on the wall measures those.
 */
async function calm({ page, troubles, report, longestTask }: Watched): Promise<string> {
  const { violations, longTasks } = await report();
  const longest = await longestTask();
  demand(violations.length === 0, `the policy was violated: ${violations.join(', ')}`);
  demand(troubles.length === 0, troubles.join('; '));
  demand((await overflow(page)) <= 0, `the page is ${await overflow(page)} px too wide`);
  const waited = Math.round(Math.max(0, ...longTasks));
  const clock = `by the clock ${longTasks.length} over ${LONG_TASK} ms${waited > 0 ? `, the longest ${waited} ms` : ''}`;
  const note = `the longest task ${Math.round(longest)} ms of processor time; ${clock}`;
  demand(longest <= LONG_TASK, note);
  return note;
}

async function onDigits(browser: Browser, url: string): Promise<void> {
  const watched = await watchedPage(browser, url, 1200, 900);
  const { page } = watched;
  await page.goto(url);
  await check('Digits: a first result', async () => {
    const start = Date.now();
    await press(page, 'Take Digits');
    await seen(page, '[data-testid=helped] li');
    const taken = Date.now() - start;
    demand(taken < FIRST_RESULT, `${taken} ms`);
    return `${taken} ms`;
  });
  await fitted(page);
  await check('the network is that of train, to the bit', async () => {
    const { told } = await again(page, 'digits');
    const flags = /eigenfluence train (.*?),/.exec(told)?.[1] ?? '';
    cli(['train', ...flags.split(' '), '--out', 'theirs.safetensors'], path.join(work, 'digits'));
    const [ours, theirs] = ['net', 'theirs'].map((name) =>
      readSafetensors(readFileSync(path.join(work, 'digits', `${name}.safetensors`))),
    );
    for (const [name, { data }] of theirs)
      demand(Buffer.compare(bytesOf(data), bytesOf(ours.get(name)?.data)) === 0, `${name} differs`);
    return flags;
  });
  for (const [rung, label, rule] of [
    ['ekfac', 'EK-FAC', 'damped'],
    ['hessian', 'Hessian', 'damped'],
    ['kfac', 'K-FAC', 'truncated'],
    ['ggn', 'GGN', 'truncated'],
    ['block-ggn', 'block-GGN', 'absolute'],
    ['grad-dot', 'gradient dot', undefined],
  ] as const)
    await check(`numbers of ${label}${rule === undefined ? '' : `, ${rule}`}`, async () => {
      await choose(page, 'rung', rung);
      if (rule !== undefined) await choose(page, 'rule', rule);
      await scoredBy(page, label);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { ours, theirs } = await again(page, rung);
      demand(
        Buffer.compare(bytesOf(ours.data), bytesOf(theirs.data)) === 0,
        'scores differ from the command’s',
      );
      await printedAs(page, theirs, 0);
      return `${theirs.rows} × ${theirs.cols} scores with the bits of influence, printed alike`;
    });
  await check('λ is dragged: scores follow', async () => {
    await choose(page, 'rung', 'ekfac');
    await choose(page, 'rule', 'damped');
    await scoredBy(page, 'EK-FAC');
    const before = await ranking(page, 'helped');
    await page.focus('input[type=range]');
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
    await page.waitForFunction(
      `document.querySelector('[data-testid=helped] li').dataset.score !== '${before[0].score}'`,
    );
    await page.waitForFunction(`location.hash.includes('value=')`);
    return textOf(page, '[data-testid=value]');
  });
  await check('examples are taken away, and networks trained again', async () => {
    for (const { index } of (await ranking(page, 'harmed')).slice(0, 3))
      await page.$eval(`[data-testid=harmed] li[data-index="${index}"] input`, (box) =>
        (box as unknown as { click(): void }).click(),
      );
    await press(page, 'Retrain without them');
    await seen(page, '[data-testid=what-if]');
    return (await textOf(page, '[data-testid=what-if]')).slice(0, 120);
  });
  await check('the ladder is judged', async () => {
    await press(page, 'Train 40 networks');
    await seen(page, '[data-testid=lds] tr[data-lds]');
    const lds = await page.$$eval('[data-testid=lds] tr[data-lds]', (rows) =>
      (rows as unknown as { dataset: Record<string, string> }[]).map(
        ({ dataset }) => [dataset['rung'], Number(dataset['lds'])] as const,
      ),
    );
    demand(lds.length === 6 && lds.every(([, value]) => value > 0 && value < 1), JSON.stringify(lds));
    return lds.map(([rung, value]) => `${rung} ${value.toFixed(3)}`).join(', ');
  });
  await check('desktop: policy, requests, width, long tasks', () => calm(watched));
  await picture(page, 'desktop');
  await picture(page, 'explorer', '#query', '#influence');
  await page.close();
}

const bytesOf = (data: ArrayLike<number> | undefined): Buffer =>
  Buffer.from(Float64Array.from(data ?? []).buffer);

/** Who is late: 200 rows with words, a missing cell, semicolons. */
function tableFile(): string {
  const file = path.join(work, 'late.csv');
  const rows = Array.from({ length: 200 }, (_, i) => {
    const [a, b] = [Math.sin(3 * i), Math.cos(5 * i)];
    return `${a.toFixed(3)};${b.toFixed(3)};${['bus', 'car', 'foot'][i % 3]};${i === 9 ? '' : i % 7};${a + b + (i % 3) / 2 > 0.5 ? 'late' : 'early'}`;
  });
  writeFileSync(file, `hour;distance;by;day;label\n${rows.join('\n')}\n`);
  return file;
}

async function cancelling(browser: Browser, url: string): Promise<void> {
  const watched = await watchedPage(browser, url, 1200, 900);
  const { page } = watched;
  await check('long work is cancelled, and the page goes on', async () => {
    await page.goto(`${url}#data=digits&epochs=2000&width=64`);
    await seen(page, '.status progress');
    await page.waitForFunction(`document.querySelector('.status progress')?.value > 0.02`);
    const start = Date.now();
    await press(page, 'Cancel');
    await page.waitForFunction(`document.querySelector('p[role=status]').textContent === 'Cancelled.'`);
    const taken = Date.now() - start;
    await page.evaluate(`location.hash = 'data=digits&epochs=3'`);
    await page.waitForFunction(`document.querySelector('input[max="2000"]').value === '3'`);
    await press(page, 'Train');
    await seen(page, '[data-testid=helped] li');
    await fitted(page);
    await press(page, 'Train 40 networks');
    await page.waitForFunction(`document.querySelector('.status progress')?.value > 0.1`);
    await press(page, 'Cancel');
    await page.waitForFunction(`document.querySelector('p[role=status]').textContent === 'Cancelled.'`);
    await press(page, 'Train 40 networks');
    await seen(page, '[data-testid=lds] tr[data-lds]');
    return `${taken} ms`;
  });
  await check('cancelling: policy, requests, width, long tasks', () => calm(watched));
  await page.close();
}

/** Pictures of two kinds, in a folder each. */
async function pictureFolder(page: Page): Promise<string> {
  const folder = path.join(work, 'shapes');
  for (const kind of ['disc', 'square']) mkdirSync(path.join(folder, kind), { recursive: true });
  const drawn = (await page.evaluate(`(() => {
    const canvas = document.createElement('canvas'); canvas.width = canvas.height = 24;
    const context = canvas.getContext('2d');
    return Array.from({ length: 60 }, (_, i) => {
      context.fillStyle = 'white'; context.fillRect(0, 0, 24, 24); context.fillStyle = 'black'; context.beginPath();
      const [x, y, r] = [12 + 4 * Math.sin(i), 12 + 4 * Math.cos(3 * i), 5 + (i % 3)];
      if (i % 2) context.rect(x - r, y - r, 2 * r, 2 * r); else context.arc(x, y, r, 0, 7);
      context.fill(); return canvas.toDataURL('image/png').split(',')[1]; }); })()`)) as string[];
  for (const [i, text] of drawn.entries())
    writeFileSync(path.join(folder, i % 2 ? 'square' : 'disc', `${i}.png`), Buffer.from(text, 'base64'));
  return folder;
}

async function onPictures(browser: Browser, url: string): Promise<void> {
  const watched = await watchedPage(browser, url, 1200, 900);
  const { page } = watched;
  await page.goto(url);
  await seen(page, 'button.primary');
  await check('a folder of pictures is dropped', async () => {
    await drop(page, await pictureFolder(page));
    await seen(page, '[data-testid=helped] li');
    const told = await textOf(page, '[data-testid=told]');
    demand(/60 pictures of 2 classes: disc, square/.test(told), told);
    demand((await page.$$('[data-testid=helped] canvas')).length > 0, 'the pictures are not shown');
    return told.slice(0, 80);
  });
  await fitted(page);
  await check('pictures: policy, requests, width, long tasks', () => calm(watched));
  await page.close();
}

async function onTable(browser: Browser, url: string): Promise<void> {
  const watched = await watchedPage(browser, url, 1200, 900);
  const { page } = watched;
  await page.goto(url);
  await seen(page, 'button.primary');
  await check('a table is dropped, and understood', async () => {
    await drop(page, tableFile());
    await seen(page, '[data-testid=helped] li');
    const told = await textOf(page, '[data-testid=told]');
    demand(/200 rows/.test(told) && /2 classes/.test(told), told);
    return told.slice(0, 100);
  });
  await fitted(page);
  await check('its numbers are those of the command', async () => {
    await choose(page, 'rung', 'hessian');
    await scoredBy(page, 'Hessian');
    const { ours, theirs } = await again(page, 'table');
    demand(
      Buffer.compare(bytesOf(ours.data), bytesOf(theirs.data)) === 0,
      'scores differ from the command’s',
    );
    await printedAs(page, theirs, 0);
    return undefined;
  });
  await check('a broken table is refused in one line', async () => {
    const broken = path.join(work, 'broken.csv');
    writeFileSync(broken, `a,b\n${'1,2\n'.repeat(30)}3\n`);
    await drop(page, broken);
    await seen(page, '[role=alert]');
    return textOf(page, '[role=alert]');
  });
  await check('table: policy, requests, width, long tasks', () => calm(watched));
  await page.close();
}

/** Tab until the element with the focus matches. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    if ((await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)})`)) === true)
      return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

async function byKeyboard(browser: Browser, url: string): Promise<void> {
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

async function onPlane(browser: Browser, url: string): Promise<void> {
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
async function elsewhere(browser: Browser, folder: string): Promise<void> {
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

const executable = findBrowser();
if (executable === undefined)
  console.log('explorer: skipped, no Chromium found; EIGENFLUENCE_BROWSER names one');
else {
  const folder = await pageFolder();
  const server = await servePage(folder, 0);
  const browser = await launch(executable);
  try {
    await onDigits(browser, server.url);
    await cancelling(browser, server.url);
    await onTable(browser, server.url);
    await onPictures(browser, server.url);
    await byKeyboard(browser, server.url);
    await onPlane(browser, server.url);
    await elsewhere(browser, folder);
  } finally {
    await browser.close();
    await server.close();
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`explorer: ${passed} passed, ${failed} failed (${executable})`);
  process.exitCode = failed === 0 ? 0 : 1;
}
