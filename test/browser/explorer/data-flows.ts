/** @file Digits, a table, pictures: data, training, numbers against the command line's, retraining, cancellation. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { readSafetensors } from '../../../src/linalg/io/index.ts';
import {
  again,
  bytesOf,
  calm,
  check,
  cli,
  demand,
  FIRST_RESULT,
  picture,
  printedAs,
  work,
} from './checks.ts';
import { watchedPage } from './chromium.ts';
import { choose, drop, fitted, press, ranking, scoredBy, seen, textOf } from './steps.ts';

export async function onDigits(browser: Browser, url: string): Promise<void> {
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

export async function onTable(browser: Browser, url: string): Promise<void> {
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

export async function cancelling(browser: Browser, url: string): Promise<void> {
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
    await press(page, 'Train again'); // while rungs are being fitted
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

export async function onPictures(browser: Browser, url: string): Promise<void> {
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
