/** @file The generated parts about speed, from bench/results/peers.json: docs/speed.md, and the short table of README.md. */
import { readJson } from '../src/experiments/files/json.ts';
import { FITTED_FROM, growths, growthTable } from './growth.ts';
import { ifThere } from './if-there.ts';
import { type Row, SpeedSchema } from './result-schemas.ts';
import { WORKS } from './works.ts';

const FILE = 'bench/results/peers.json';

const significant = (x: number): string => (x >= 100 ? x.toFixed(0) : Number(x.toPrecision(3)).toString());

function duration(seconds: number): string {
  return seconds < 1e-3
    ? `${significant(1e6 * seconds)} µs`
    : seconds < 1
      ? `${significant(1e3 * seconds)} ms`
      : `${significant(seconds)} s`;
}

/** Works by the beginning of their line; the size follows. */
const WORK_NAMES: Readonly<Record<string, string>> = {
  matmul: 'matrix product, n = ',
  cholesky: 'Cholesky, n = ',
  eigen: 'symmetric eigendecomposition with vectors, n = ',
  hessian: 'exact Hessian, 1,617 examples, width 16, depth ',
  ggn: 'Gauss–Newton matrix, 1,617 examples, width 16, depth ',
  qr: 'QR, n = ',
  lu: 'LU, n = ',
  svd: 'singular value decomposition, n = ',
  kept: 'eigenpairs beyond ±1e-4, Hessian of Digits, width 16, depth ',
  'step-d8-w16': 'one SGD step, depth 8, width 16, batch ',
  'step-d1-w16': 'one SGD step, depth 1, width 16, batch ',
  'step-d1-w128': 'one SGD step, depth 1, width 128, batch ',
};

const OURS = 'eigenfluence (simd)';

/** Every work as a line: our time, and those of some contenders beside it. */
function speedTable(
  rows: readonly Row[],
  columns: readonly (readonly [peer: string, title: string])[],
): string[] {
  const tabled = rows.filter(({ work, n }) => WORKS.find(({ name }) => name === work)?.sizes.includes(n));
  const works = [...new Set(tabled.map((r) => `${r.work} ${r.n}`))];
  const line = (key: string): string => {
    const [work, n] = key.split(' ');
    const of = (peer: string) => rows.find((r) => r.work === work && String(r.n) === n && r.peer === peer);
    const simd = of(OURS);
    const cell = ([peer]: readonly [string, string]): string => {
      const row = of(peer);
      return row === undefined ? '–' : `${duration(row.seconds)} (${significant(row.ratio)} ×)`;
    };
    return `| ${WORK_NAMES[work]}${Number(n).toLocaleString('en')} | ${simd ? duration(simd.seconds) : '–'} | ${columns.map(cell).join(' | ')} |`;
  };
  return [
    `| | ours | ${columns.map(([, title]) => title).join(' | ')} |`,
    `|---|---|${columns.map(() => '---|').join('')}`,
    ...works.map(line),
  ];
}

/** Other tiers of kernels and other versions of Node, if they were measured. */
function tierTable(rows: readonly Row[], node: string): string[] {
  const measured = [...new Set(rows.map((r) => r.peer))].flatMap((peer): [string, string][] => {
    const title = /^eigenfluence \((\w+, Node [\d.]+)\)$/.exec(peer)?.[1];
    return title === undefined || title === `simd, Node ${node.slice(1)}` ? [] : [[peer, title]];
  });
  if (measured.length === 0) return [];
  return [
    '',
    'Ours by tier of kernels and version of Node. `wide` has the bits of `simd`; `fused` has other last bits.',
    '',
    ...speedTable(rows, measured),
  ];
}

/** Exponents of time against size, and the picture. */
function growth(rows: readonly Row[]): string[] {
  const all = growths(rows);
  if (all.length === 0) return [];
  return [
    '',
    `How time grows: exponents p of seconds ≈ c nᵖ, least squares on log scales over sizes from n = ${FITTED_FROM} on, ± standard error. All of these works take on the order of n³ operations; an exponent below 3 says that the larger sizes use the processor better, one above 3 that they leave a cache.`,
    '',
    ...growthTable(all),
    '',
    '![Points and fitted lines of seconds over matrix size for each contender; the table has the exponents](docs/growth.svg)',
  ];
}

/** Works are measured again one by one: the commits that the rows were measured at. */
function commitsOf(rows: readonly Row[]): string {
  const commits = [...new Set(rows.flatMap(({ commit }) => commit ?? []))];
  return `${commits.length === 1 ? 'commit' : 'commits'} ${commits.join(', ')}`;
}

/** Every work beside every peer, by tier of kernels, and how time grows. */
export function speed(): string {
  const file = ifThere(FILE, (name) => readJson(name, SpeedSchema));
  if (file === undefined) return 'Not measured yet: `npm run bench:peers`.';
  const { environment: e, missing, rows } = file;
  const peers = [...new Set(rows.map((r) => r.peer))].filter((p) => !p.startsWith('eigenfluence'));
  const titled = peers.map((p): [string, string] => [
    p,
    `${p} ${rows.find((r) => r.peer === p)?.version ?? ''}`,
  ]);
  return [
    'Median seconds per call, contenders in turn, one thread each; in brackets the time relative to ours (above 1: we are faster). Results were compared before they were timed.',
    '',
    ...speedTable(rows, [['eigenfluence (scalar)', 'ours, no WebAssembly'], ...titled]),
    ...tierTable(rows, e.node),
    ...growth(rows),
    '',
    `${e.cpu}, ${e.cores} cores, Node ${e.node}, ${commitsOf(rows)}, ${e.date}. Made again by \`npm run bench:peers\`, from \`bench/results/peers.json\`.${missing.length > 0 ? ` Not measured: ${missing.join(', ')}.` : ''} NumPy and SciPy call OpenBLAS and LAPACK, which use the wider vector units of the processor; WebAssembly has 128 bits and no fused multiply-add.`,
  ].join('\n');
}

/** The works of README.md, and the size of each. */
const SHORT = [
  ['matmul', 1024],
  ['eigen', 1000],
  ['hessian', 8],
  ['ggn', 8],
  ['step-d8-w16', 32],
] as const;

/** One line each for {@link SHORT}: ours, and how many times our time the peers take. */
export function pace(): string {
  const rows = ifThere(FILE, (name) => readJson(name, SpeedSchema))?.rows ?? [];
  const lines = SHORT.flatMap(([work, n]) => {
    const own = rows.filter((row) => row.work === work && row.n === n);
    const ours = own.find(({ peer }) => peer === OURS);
    if (ours === undefined) return [];
    const beside = (peer: RegExp): string => {
      const row = own.find((one) => peer.test(one.peer));
      return row === undefined ? '–' : `${significant(row.ratio)} ×`;
    };
    return [
      `| ${WORK_NAMES[work]}${n.toLocaleString('en')} | ${duration(ours.seconds)} | ${beside(/\(wide,/)} | ${beside(/^ml-matrix/)} | ${beside(/^(?:NumPy|SciPy)/)} | ${beside(/^PyTorch$/)} |`,
    ];
  });
  if (lines.length === 0) return 'Not measured yet: `npm run bench:peers`.';
  return [
    '| one thread each | ours | with wide kernels | ml-matrix | NumPy, SciPy | PyTorch |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    'Seconds of ours; of the others their time relative to ours (above 1: we are faster). All works, versions and sizes: [docs/speed.md](docs/speed.md).',
  ].join('\n');
}
