/** @file What every flow of the explorer's check uses: counting, pictures, the command line, what must not be. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import type { Page } from 'puppeteer-core';
import { signed } from '../../../src/experiments/explorer/core/format.ts';
import { topInfluences } from '../../../src/influence/index.ts';
import { Matrix } from '../../../src/linalg/index.ts';
import { readNpy } from '../../../src/linalg/io/index.ts';
import type { Watched } from './chromium.ts';
import { downloaded, downloadsTo, overflow, press, ranking } from './steps.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const work = mkdtempSync(path.join(tmpdir(), 'eigenfluence-explorer-'));
const pictures = process.argv[2] === '--pictures' ? process.argv[3] : undefined;
/** Milliseconds that a task of the page may take. */
const LONG_TASK = 50;
/** Milliseconds until a first result on Digits. */
export const FIRST_RESULT = 20_000;

/** How many checks came out how. */
export const counts = { passed: 0, failed: 0 };

/** One check. */
export async function check(name: string, body: () => Promise<string | undefined>): Promise<void> {
  try {
    const note = await body();
    counts.passed++;
    console.log(`  ok    ${name}${note === undefined ? '' : `: ${note}`}`);
  } catch (error) {
    counts.failed++;
    console.log(`  FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Keeps a picture of the page, or of the panels from one to another. */
export async function picture(page: Page, name: string, from?: string, to?: string): Promise<void> {
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

export const cli = (args: readonly string[], cwd: string): string =>
  execFileSync(process.execPath, [path.join(ROOT, 'tools/cli.mjs'), ...args], {
    cwd,
    encoding: 'utf8',
    stdio: 'pipe',
  });

/** The archive of what is on the page, unpacked into a folder, with what the command line makes of it. */
export async function again(
  page: Page,
  name: string,
): Promise<{ ours: Matrix; theirs: Matrix; told: string }> {
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
export async function printedAs(page: Page, scores: Matrix, q: number): Promise<void> {
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
export async function calm({ page, troubles, report, longestTask }: Watched): Promise<string> {
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

/** As doubles. */
export const bytesOf = (data: ArrayLike<number> | undefined): Buffer =>
  Buffer.from(Float64Array.from(data ?? []).buffer);
