/** @file Makes generated calls in this process and holds each against what is promised of failures and of successes. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNpy, readSafetensors, writeNpy, writeNpz, writeSafetensors } from '../../src/linalg/io/index.ts';
import { patience } from '../helpers/patience.ts';
import { treeOf } from '../helpers/tree.ts';
import { command } from './command.ts';
import { type Base, type Call, callsOf, commands } from './options.ts';
import { temporaryFolder } from './temporary-folder.ts';

const SMOKE = ['smoke'];

/** One call of each command that works, or fails for a reason of its own: nothing is stored. */
const BASES: Readonly<Record<string, Base>> = {
  train: { '--inputs': ['x.npy'], '--labels': ['y.npy'], '--width': ['2'], '--epochs': ['1'], '--out': ['out.npy'] },
  curvature: { '--params': ['net.st'], '--activation': ['tanh'], '--inputs': ['x.npy'], '--labels': ['y.npy'], '--method': ['kfac'], '--out': ['out.npy'] },
  influence: { '--params': ['net.st'], '--activation': ['tanh'], '--train-inputs': ['x.npy'], '--train-labels': ['y.npy'], '--query-inputs': ['x.npy'], '--query-labels': ['y.npy'], '--method': ['cg'], '--out': ['out.npy'] },
  eigen: { '--input': ['a.npy'], '--values': ['out.npy'], '--vectors': ['v.npy'] },
  evaluate: { '--scores': ['x.npy'], '--setting': ['d1-w3-e3'], '--profile': SMOKE, '--out': ['runs'] },
  retrain: { '--params': ['net.st'], '--activation': ['tanh'], '--train-inputs': ['x.npy'], '--train-labels': ['y.npy'], '--query-inputs': ['x.npy'], '--query-labels': ['y.npy'], '--epochs': ['1'], '--subsets': ['2'], '--seeds': ['1'], '--workers': ['1'], '--out': ['runs'] },
  claims: { '--out': ['runs'] },
  reproduce: { '--profile': SMOKE, '--plan': [], '--out': ['runs'] },
  study: { '--profile': SMOKE, '--setting': ['d1-w3-e3'], '--out': ['runs'] },
  beyond: { '--profile': SMOKE, '--setting': ['d1-w3-e3'], '--out': ['runs'] },
  methods: { '--profile': SMOKE, '--retrainings': ['folder'], '--out': ['runs'] },
  ladder: { '--profile': SMOKE, '--retrainings': ['folder'], '--out': ['runs'] },
  networks: { '--profile': SMOKE, '--time-budget': ['1e-9'], '--out': ['runs'] },
  bif: { '--profile': SMOKE, '--time-budget': ['1e-9'], '--subsets': ['1000000'], '--repeats': ['1000000'], '--out': ['runs'] },
  astra: { '--setting': ['fashion-mnist'], '--data': ['folder'], '--out': ['runs'] },
}; // biome-ignore format: one call a line

const MADE = await commands();

/** Adds a test for each command: all its calls that `chosen` takes. */
export function tryCalls(
  title: string,
  chosen: (call: Call, index: number) => boolean,
  names: readonly string[] = Object.keys(BASES),
): void {
  const root = temporaryFolder();
  const before = process.cwd();
  const good = path.join(root, 'good');
  let work = '';
  let round = 0;
  const fresh = (): void => {
    work = path.join(root, `work${round++}`);
    cpSync(good, work, { recursive: true, verbatimSymlinks: true });
    process.chdir(work);
  };

  describe(title, () => {
    beforeAll(() => {
      mkdirSync(path.join(good, 'folder'), { recursive: true });
      for (const [name, content] of Object.entries(inputs())) writeFileSync(path.join(good, name), content);
      symlinkSync('target', path.join(good, 'dangling'));
      symlinkSync('circle', path.join(good, 'circle'));
    });
    afterAll(() => process.chdir(before));

    for (const one of MADE.filter((made) => names.includes(made.name())))
      test(one.name(), { timeout: patience(one.name() === 'influence' ? 900 : 300) }, async () => {
        fresh();
        const tree = treeOf(work);
        const complaints: string[] = [];
        for (const call of callsOf(one, BASES[one.name()]).filter(chosen)) {
          const complaint = await complaintOf(call, tree, work);
          if (complaint !== undefined) complaints.push(`${call.name}: ${complaint}`);
          if (JSON.stringify(treeOf(work)) === JSON.stringify(tree)) continue;
          process.chdir(before);
          rmSync(work, { recursive: true, force: true });
          fresh();
        }
        expect(complaints).toEqual([]);
      });
  });
}

/** What a call did that it must not do. */
async function complaintOf(call: Call, tree: object, work: string): Promise<string | undefined> {
  const { code, stderr, stdout } = await command(...call.args);
  const after = treeOf(work);
  if (code !== 0) {
    if (!/^eigenfluence: [^\n]+\n$/.test(stderr)) return `stderr is ${JSON.stringify(stderr)}`;
    if (/internal error/.test(stderr)) return stderr;
    if (JSON.stringify(after) !== JSON.stringify(tree))
      return `left ${JSON.stringify(Object.keys(after))} (${stderr})`;
    return undefined;
  }
  if (call.wrong) return 'it succeeded';
  if (call.args.includes('--json') && typeof JSON.parse(stdout) !== 'object') return `printed ${stdout}`;
  for (const name of Object.keys(after).filter((file) => !(file in tree)))
    if (!allFinite(path.join(work, name))) return `${name} is not finite`;
  return undefined;
}

/** Whether all numbers of an output are finite; folders and texts count as such. */
function allFinite(file: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    return true; // a folder
  }
  const arrays =
    bytes[0] === 0x93 ? [readNpy(bytes)] : bytes[8] === 0x7b ? [...readSafetensors(bytes).values()] : [];
  return arrays.every(({ data }) => Array.from(data as ArrayLike<number>, Number).every(Number.isFinite));
}

function inputs(): Record<string, Uint8Array | string> {
  const x = [0.5, -1, 2, 1, 0.25, -0.5, 3, 1, -2, 0.1, 0.2, 0.3];
  return {
    'x.npy': writeNpy({ shape: [4, 3], data: x }),
    'y.npy': writeNpy({ shape: [4], dtype: 'i8', data: [0, 1, 1, 0] }),
    'a.npy': writeNpy({ shape: [2, 2], data: [2, 1, 1, 3] }),
    'nan.npy': writeNpy({ shape: [4, 3], data: x.map((value, i) => (i === 5 ? Number.NaN : value)) }),
    'net.st': writeSafetensors({
      '0.weight': { shape: [2, 3], data: [0.1, -0.2, 0.3, 0.4, 0.5, -0.6] },
      '0.bias': { shape: [2], data: [0.1, 0.2] },
    }),
    'good.npz': writeNpz({ x: { shape: [4, 3], data: x } }),
    text: 'no array',
    empty: '',
  };
}
