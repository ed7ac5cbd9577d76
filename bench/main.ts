/**
 * @file `npm run bench` measures our two tiers of kernels over sizes on a log scale, with stages; `npm run bench:peers` also
 * ml-matrix, jax-js (after npm install --prefix bench/peers), NumPy, SciPy and PyTorch, each on one thread.
 * Usage: tsx bench/main.ts [--peers] [--tiers] [--node binary …] [--threads n …] [--repeats n] [--rounds n] [--size n …] [work …]. `--tiers` adds wide and
 * fused kernels, for this Node and each further one that `--node` names; `--threads` adds numbers of threads, in the best tier. Works and sizes that are
 * named replace their rows in the stored results. Contenders take turns; results must agree before they count.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeFile } from '../src/experiments/files/atomic-write.ts';
import { readJson } from '../src/experiments/files/json.ts';
import { readNpy } from '../src/linalg/io/index.ts';
import { Contender } from './contender.ts';
import { environment, median, timing } from './harness.ts';
import { type Row, SpeedSchema } from './result-schemas.ts';
import { WORKS, type Work } from './works.ts';

const { values, positionals } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    tiers: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [] },
    threads: { type: 'string', multiple: true, default: [] },
    /** Calls per contender, round and size, unless one takes seconds. */
    repeats: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    /** Only these of the sizes. */
    size: { type: 'string', multiple: true, default: [] },
  },
  allowPositionals: true,
});
const works = WORKS.filter((work) => positionals.length === 0 || positionals.includes(work.name));
const unknown = positionals.filter((given) => WORKS.every((work) => work.name !== given));
if (unknown.length > 0)
  throw new Error(
    `no such work: ${unknown.join(', ')}. There are ${WORKS.map((work) => work.name).join(', ')}.`,
  );
const name = values.peers ? 'peers' : 'ours';
function sizesOf({ sizes, growthSizes = [], ownSizes = sizes }: Work): number[] {
  const all = values.peers ? [...growthSizes, ...sizes].sort((a, b) => a - b) : [...ownSizes];
  return values.size.length === 0 ? all : all.filter((n) => values.size.includes(String(n)));
}
/** Peers by the beginning of the names that their contenders give. */
const PEERS = ['ml-matrix', '@jax-js/jax', 'NumPy', 'SciPy', 'PyTorch'];

const tsx = ['npx', 'tsx', 'bench/server.ts'];
const tierOf = (node: string, tier: string, threads = '1'): Contender =>
  new Contender([node, '--import', 'tsx', 'bench/server.ts', 'eigenfluence', tier, threads]);
const contenders = [
  new Contender([...tsx, 'eigenfluence'], { EIGENFLUENCE_KERNELS: 'simd' }),
  new Contender([...tsx, 'eigenfluence'], { EIGENFLUENCE_KERNELS: 'scalar' }),
  ...(values.tiers ? [process.execPath, ...values.node] : []).flatMap((node, i) =>
    (i === 0 ? ['wide', 'fused'] : ['simd', 'wide', 'fused']).map((tier) => tierOf(node, tier)),
  ),
  ...values.threads.flatMap((threads) =>
    [process.execPath, ...values.node].map((node) => tierOf(node, 'best', threads)),
  ),
  ...(values.peers
    ? [
        new Contender([...tsx, 'ml-matrix']),
        new Contender(['node', 'bench/peers/jax.mjs']),
        new Contender(['python3', 'bench/peers/server.py']),
        new Contender(['python3', 'bench/peers/server.py', 'vmap']),
        new Contender(['python3', 'bench/peers/server.py', 'stacked']),
      ]
    : []),
];

const now = environment();
const folder = mkdtempSync(path.join(tmpdir(), 'eigenfluence-bench-'));
const result = (): Float64Array =>
  Float64Array.from(readNpy(readFileSync(`${folder}/result.npy`)).data as ArrayLike<number>);
const rows: Row[] = [];
try {
  // All have started, and asked for nothing they answer, before anything is timed.
  await Promise.all(contenders.map((contender) => contender.ask({ work: '', folder, repeats: 0 })));
  for (const work of works)
    for (const n of sizesOf(work)) {
      work.prepare(n, folder);
      const samples = new Map<number, number[]>();
      const info = new Map<number, { peer: string; version: string }>();
      const stages = new Map<number, Readonly<Record<string, number>>>();
      let truth: Float64Array | undefined;
      for (let round = 0; round < Number(values.rounds); round++)
        for (const [i, contender] of contenders.entries()) {
          if (round > 0 && !info.has(i)) continue;
          const answer = await contender.ask({ work: work.name, folder, repeats: Number(values.repeats) });
          if (answer?.seconds === undefined) continue;
          info.set(i, { peer: answer.peer, version: answer.version ?? 'unknown' });
          if (answer.stages !== undefined) stages.set(i, answer.stages);
          samples.set(i, [...(samples.get(i) ?? []), median(answer.seconds)]);
          const ours = result();
          truth ??= ours;
          if (ours.length !== truth.length)
            throw new Error(
              `${work.name} ${n}: ${answer.peer} has ${ours.length} numbers, not ${truth.length}`,
            );
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
          commit: now.commit,
          date: now.date,
          ...(stages.has(i) ? { stages: stages.get(i) ?? {} } : {}),
        });
        const last = rows[rows.length - 1];
        console.log(
          `${work.name.padEnd(12)} ${String(n).padStart(5)}  ${peer.padEnd(26)} ${(1e3 * last.seconds).toPrecision(4).padStart(10)} ms  ${last.ratio.toFixed(2).padStart(7)} × our time${last.gflops ? `  ${last.gflops.toFixed(1)} GFLOP/s` : ''}`,
        );
        for (const [stage, spent] of Object.entries(last.stages ?? {}))
          console.log(`${' '.repeat(20)}${stage.padEnd(26)} ${(1e3 * spent).toPrecision(4).padStart(10)} ms`);
      }
      store();
    }
} finally {
  for (const contender of contenders) contender.stop();
  rmSync(folder, { recursive: true, force: true });
}
const missing = values.peers ? PEERS.filter((peer) => !rows.some((row) => row.peer.startsWith(peer))) : [];
if (missing.length > 0)
  console.log(`not measured (not installed, or cannot do this work): ${missing.join(', ')}`);

/** Stores what is measured so far. Rows of other work and sizes stay, as long as the machine is the same. */
function store(): void {
  const file = `bench/results/${name}.json`;
  const stored = existsSync(file) ? readJson(file, SpeedSchema) : undefined;
  const others =
    stored?.environment.cpu === now.cpu
      ? stored.rows.filter(({ work, n }) => rows.every((row) => row.work !== work || row.n !== n))
      : [];
  const place = ({ work }: Row): number => WORKS.findIndex((known) => known.name === work);
  const all = [...others, ...rows].sort((a, b) => place(a) - place(b) || a.n - b.n);
  const absent = values.peers ? PEERS.filter((peer) => !all.some((row) => row.peer.startsWith(peer))) : [];
  mkdirSync('bench/results', { recursive: true });
  writeFile(file, `${JSON.stringify({ environment: now, missing: absent, rows: all }, null, 1)}\n`);
}
