/** @file `npm run check:peers`: installs the peers, compares, and rewrites docs/peers.json and the tables of docs/peers.md. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fillBlocks } from '../../bench/readme-blocks.ts';
import { ROOT } from '../helpers/sources.ts';
import { type Comparison, peerBlocks, type Report, refuted } from './page.ts';
import { PeerFiles, relativeDifference } from './peer-files.ts';
import { AGREEMENTS, DIFFERENCES } from './statements.ts';

const work = mkdtempSync(path.join(tmpdir(), 'eigenfluence-peers-'));
const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, {
    cwd: work,
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const here = (name: string): string => path.join(ROOT, 'test/peers', name);

/** A Python that has the peers: $PEERS_PYTHON, or a new virtual environment in the temporary folder. */
function pythonWithPeers(): string {
  const given = process.env['PEERS_PYTHON'];
  if (given !== undefined) return given;
  console.log('installing the peers (minutes) …');
  run('python3', ['-m', 'venv', path.join(work, 'venv')]);
  const python = path.join(work, 'venv/bin/python');
  run(python, ['-m', 'pip', 'install', '--quiet', '-r', here('requirements.txt')]);
  return python;
}

function compareAll(files: PeerFiles): readonly Comparison[] {
  return [
    ...AGREEMENTS.map((statement): Comparison => {
      const { peer, what, ours, limit } = statement;
      return {
        kind: 'agreement',
        ...{ peer, what, ours, limit },
        difference: relativeDifference(...statement.compare(files)),
      };
    }),
    ...DIFFERENCES.map((statement): Comparison => {
      const { peer, what, because, floor } = statement;
      const [meant, theirs, formula] = statement.compare(files);
      return {
        kind: 'difference',
        ...{ peer, what, because, floor },
        difference: relativeDifference(theirs, meant),
        fromFormula: relativeDifference(theirs, formula),
      };
    }),
  ];
}

try {
  const python = pythonWithPeers();
  const folder = path.join(work, 'files');
  run(python, [here('peers.py'), folder]);
  const versions = readFileSync(here('requirements.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('=='))
    .map((line) => line.replace('==', ' '));
  const comparisons = compareAll(new PeerFiles(folder));
  for (const { peer, what, difference } of comparisons)
    console.log(`${difference.toExponential(1).padStart(8)}  ${peer}: ${what}`);
  const failures = comparisons.flatMap(refuted);
  if (failures.length > 0) {
    console.error(`docs/peers.md is out of date:\n${failures.map((line) => `  ${line}`).join('\n')}`);
    process.exitCode = 1;
  } else {
    const report: Report = { command: 'npm run check:peers', versions, comparisons };
    writeFileSync(path.join(ROOT, 'docs/peers.json'), `${JSON.stringify(report, null, 2)}\n`);
    const page = path.join(ROOT, 'docs/peers.md');
    writeFileSync(page, fillBlocks(readFileSync(page, 'utf8'), peerBlocks(report)));
    console.log(`${comparisons.length} statements hold; docs/peers.json and docs/peers.md are written.`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
