/**
 * @file `npm run bench` measures our two tiers of kernels, `npm run bench:peers` also ml-matrix, NumPy, SciPy and PyTorch.
 * Usage: tsx bench/main.ts [--peers] [work …]. Contenders take turns; results must agree before anything is timed.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readNpy } from '../src/linalg/io/index.ts';
import { Contender } from './contender.ts';
import { environment, median, timing } from './harness.ts';
import { WORKS } from './works.ts';

const { values, positionals } = parseArgs({
  options: { peers: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const works = WORKS.filter((work) => positionals.length === 0 || positionals.includes(work.name));
const name = values.peers ? 'peers' : 'ours';

const tsx = ['npx', 'tsx', 'bench/server.ts'];
const contenders = [
  new Contender([...tsx, 'eigenfluence'], { EIGENFLUENCE_KERNELS: 'simd' }),
  new Contender([...tsx, 'eigenfluence'], { EIGENFLUENCE_KERNELS: 'scalar' }),
  ...(values.peers
    ? [new Contender([...tsx, 'ml-matrix']), new Contender(['python3', 'bench/peers/server.py'])]
    : []),
];

interface Row {
  work: string;
  n: number;
  peer: string;
  version: string;
  seconds: number;
  spread: number;
  gflops?: number;
  /** Median over the rounds of this contender's time / our simd tier's time. */
  ratio: number;
}

const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-bench-'));
const result = (): Float64Array =>
  Float64Array.from(readNpy(readFileSync(`${folder}/result.npy`)).data as ArrayLike<number>);
const rows: Row[] = [];
try {
  for (const work of works)
    for (const n of work.sizes) {
      work.prepare(n, folder);
      const samples = new Map<number, number[]>();
      const info = new Map<number, { peer: string; version: string }>();
      let truth: Float64Array | undefined;
      for (let round = 0; round < 3; round++)
        for (const [i, contender] of contenders.entries()) {
          if (round > 0 && !info.has(i)) continue;
          const answer = await contender.ask({ work: work.name, folder, repeats: 3 });
          if (answer?.seconds === undefined) continue;
          info.set(i, { peer: answer.peer, version: answer.version ?? 'unknown' });
          samples.set(i, [...(samples.get(i) ?? []), median(answer.seconds)]);
          const ours = result();
          truth ??= ours;
          const gap = Math.sqrt(
            truth.reduce((s, t, k) => s + (t - ours[k]) ** 2, 0) / truth.reduce((s, t) => s + t * t, 0),
          );
          if (!(gap <= work.tolerance))
            throw new Error(`${work.name} ${n}: ${answer.peer} differs by ${gap}`);
        }
      const reference = samples.get(0) ?? [];
      for (const [i, { peer, version }] of info) {
        const seconds = samples.get(i) ?? [];
        const t = timing(seconds);
        rows.push({
          work: work.name,
          n,
          peer,
          version,
          seconds: t.seconds,
          spread: t.spread,
          ...(work.flops ? { gflops: work.flops(n) / t.seconds / 1e9 } : {}),
          ratio: median(seconds.map((s, round) => s / reference[round])),
        });
        const last = rows[rows.length - 1];
        console.log(
          `${work.name.padEnd(9)} ${String(n).padStart(5)}  ${peer.padEnd(22)} ${(1e3 * last.seconds).toFixed(2).padStart(10)} ms  ${last.ratio.toFixed(2).padStart(7)} × our time${last.gflops ? `  ${last.gflops.toFixed(1)} GFLOP/s` : ''}`,
        );
      }
    }
} finally {
  for (const contender of contenders) contender.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (values.peers)
  for (const peer of ['ml-matrix', 'NumPy', 'SciPy', 'PyTorch'])
    if (!rows.some((r) => r.peer === peer))
      console.log(`not measured (not installed, or cannot do it): ${peer}`);
// Measuring some works only replaces their rows and keeps the others, as long as the machine is the same.
const file = `bench/results/${name}.json`;
const now = environment();
const stored = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { environment: typeof now; rows: Row[] })
  : undefined;
const kept =
  stored?.environment.cpu === now.cpu
    ? stored.rows.filter((row) => works.every((work) => work.name !== row.work))
    : [];
mkdirSync('bench/results', { recursive: true });
writeFileSync(file, `${JSON.stringify({ environment: now, rows: [...kept, ...rows] }, null, 1)}\n`);
