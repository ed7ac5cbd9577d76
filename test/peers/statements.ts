/** @file What docs/peers.md states, each statement with the numbers that would refute it. */
import type { PeerFiles } from './peer-files.ts';

/** Our numbers equal the peer's. */
export interface Agreement {
  readonly peer: string;
  /** What is compared, and how the peer's number is rescaled. */
  readonly what: string;
  /** The option on our side. */
  readonly ours: string;
  /** Largest relative difference that is still called equal. */
  readonly limit: number;
  compare(files: PeerFiles): readonly [ours: Float64Array, theirs: Float64Array];
}

/** The peer's numbers are something else, and the page says what. */
export interface Difference {
  readonly peer: string;
  readonly what: string;
  /** What the peer computes. */
  readonly because: string;
  /** Least relative difference from what it stands for; below it the statement is out of date. */
  readonly floor: number;
  /** The number that it stands for, the peer's number, and the formula of `because`. */
  compare(files: PeerFiles): readonly [meant: Float64Array, theirs: Float64Array, formula: Float64Array];
}

/** Rounding of two float64 computations of one formula. */
const ROUNDING = 1e-10;
const times = (factor: number, values: Float64Array): Float64Array => values.map((x) => factor * x);
const OUTPUTS = 3; // of the network `numbers`
const TRAK_RIDGE = 0.1;

/** `theirs` rescaled to the length of `ours`, with the sign that a constant would have. */
function rescaled(ours: Float64Array, theirs: Float64Array): Float64Array {
  const [top, bottom] = theirs.reduce(([t, b], x, i) => [t + x * ours[i], b + x * x], [0, 0]);
  if (top >= 0) throw new Error('TRAK has our sign now');
  return times(top / bottom, theirs);
}

const matrix = (peer: string, what: string, ours: string, compare: Agreement['compare']): Agreement => ({
  peer,
  what,
  ours,
  limit: ROUNDING,
  compare,
});
const scores = (peer: string, what: string, name: string, flags: string): Agreement => ({
  peer,
  what,
  ours: `influence ${flags} --damping λ`,
  limit: ROUNDING,
  compare: (f) => [f.scores(`${flags} --damping ${f.damping()}`), f.peer(name)],
});

export const AGREEMENTS: readonly Agreement[] = [
  matrix('torch', 'gradient of every example', '`perExampleGradients`', (f) => [
    f.gradients('classes'),
    f.peer('torch.gradients'),
  ]),
  matrix('torch', '`torch.func.hessian`, cross-entropy', 'curvature --method hessian', (f) => [
    f.matrix('classes', 'hessian'),
    f.peer('torch.hessian'),
  ]),
  matrix('torch', '`torch.func.hessian` of `nn.MSELoss`, times C/2', 'curvature --method hessian', (f) => [
    f.matrix('numbers', 'hessian'),
    times(OUTPUTS / 2, f.peer('torch.hessian.mse')),
  ]),
  matrix('curvlinops', 'Hessian', 'curvature --method hessian', (f) => [
    f.matrix('classes', 'hessian'),
    f.peer('curvlinops.hessian'),
  ]),
  matrix('curvlinops', 'GGN', 'curvature --method ggn', (f) => [
    f.matrix('classes', 'ggn'),
    f.peer('curvlinops.ggn'),
  ]),
  matrix('curvlinops', 'empirical Fisher', 'curvature --method ggn --fisher empirical', (f) => [
    f.matrix('classes', 'ggn', { fisher: { kind: 'empirical' } }),
    f.peer('curvlinops.empirical'),
  ]),
  matrix('curvlinops', 'GGN of `nn.MSELoss`, times C/2', 'curvature --method ggn', (f) => [
    f.matrix('numbers', 'ggn'),
    times(OUTPUTS / 2, f.peer('curvlinops.ggn.mse')),
  ]),
  matrix(
    'curvlinops',
    'empirical Fisher of `nn.MSELoss`, times C/4',
    'curvature --method ggn --fisher empirical',
    (f) => [
      f.matrix('numbers', 'ggn', { fisher: { kind: 'empirical' } }),
      times(OUTPUTS / 4, f.peer('curvlinops.empirical.mse')),
    ],
  ),
  ...(['kfac', 'ekfac'] as const).flatMap((kind) =>
    (['tensor', 'layer'] as const).map((partition) =>
      matrix(
        'curvlinops',
        `${kind === 'kfac' ? 'K-FAC' : 'EK-FAC'}, type-2, weight and bias ${partition === 'tensor' ? 'apart (its default)' : 'together'}`,
        `curvature --method ${kind} --partition ${partition}`,
        (f) => [f.matrix('classes', kind, { partition }), f.peer(`curvlinops.${kind}.${partition}`)],
      ),
    ),
  ),
  ...(['kfac', 'ekfac'] as const).flatMap((kind) =>
    (['tensor', 'layer'] as const).map((partition) =>
      scores(
        'curvlinops',
        `${kind === 'kfac' ? 'K-FAC' : 'EK-FAC'} inverse with \`use_exact_damping\``,
        `curvlinops.scores.${kind}.${partition}`,
        `--method ${kind} --partition ${partition}`,
      ),
    ),
  ),
  ...(['tensor', 'layer'] as const).map((partition) =>
    scores(
      'curvlinops',
      `inverse with its default damping, λ on each factor${partition === 'tensor' ? '; its biases over 1 + λ' : ''}`,
      `curvlinops.scores.kfac.${partition}.factors`,
      `--method kfac --partition ${partition} --factors separate`,
    ),
  ),
  scores(
    'curvlinops',
    'inverse with `use_heuristic_damping`, λ split by Martens and Grosse’s π',
    'curvlinops.scores.kfac.layer.pi',
    '--method kfac --partition layer --damping-per pi',
  ),
  scores(
    'kronfluence',
    'EK-FAC, `use_empirical_fisher`, `damping_factor` λ',
    'kronfluence.ekfac',
    '--method ekfac --fisher empirical',
  ),
  scores(
    'kronfluence',
    'K-FAC, `use_empirical_fisher`, `damping_factor` λ',
    'kronfluence.kfac',
    '--method kfac --fisher empirical',
  ),
  ...(['ekfac', 'kfac'] as const).map((kind) =>
    matrix(
      'kronfluence',
      `${kind === 'kfac' ? 'K-FAC' : 'EK-FAC'} with its relative damping (\`damping_factor=None\`), a tenth of the mean eigenvalue of each module`,
      `influence --method ${kind} --fisher empirical --damping-per module`,
      (f) => [
        f.scores(`--method ${kind} --fisher empirical --damping-per module`),
        f.peer(`kronfluence.${kind}.default`),
      ],
    ),
  ),
  scores('pyDVL', '`DirectInfluence`, `regularization` λ', 'pydvl.direct', '--method hessian'),
  scores('dattri', '`IFAttributorExplicit`, one batch, transposed', 'dattri.explicit', '--method hessian'),
  {
    peer: 'TRAK',
    what: 'without projection, up to one negative factor; `lambda_reg` λ is our ridge λD',
    ours: '`trak({ ridge, projection, measurement: "margin" })`',
    limit: 1e-4, // TRAK computes in float32
    compare: (f) => {
      const ours = f.trak(TRAK_RIDGE);
      return [ours, rescaled(ours, f.peer('trak'))];
    },
  },
];

const fault = (
  peer: string,
  what: string,
  because: string,
  name: string,
  meant: (files: PeerFiles) => Float64Array,
): Difference => ({
  peer,
  what,
  because,
  floor: 0.05,
  compare: (f) => [meant(f), f.peer(name), f.peer(`${name}.formula`)],
});

export const DIFFERENCES: readonly Difference[] = [
  fault(
    'pyDVL',
    '`EkfacInfluence`',
    'K-FAC of r rᵀ with one vector r = Σ_c √p_c ∇log p_c per example; the products of different classes do not cancel',
    'pydvl.kfac',
    (f) => f.scores(`--method kfac --damping ${f.damping()}`),
  ),
  fault('pyDVL', '`EkfacInfluence(update_diagonal=True)`', 'EK-FAC of the same r rᵀ', 'pydvl.ekfac', (f) =>
    f.scores(`--method ekfac --damping ${f.damping()}`),
  ),
  fault(
    'pyDVL',
    '`GaussNewtonOperator`, products',
    '(G₁ + D Σ_{b>1} G_b) / (B D) over B batches of D parameters, each G_b an empirical Fisher: the first batch hardly counts',
    'pydvl.gauss-newton',
    (f) => f.peer('pydvl.gauss-newton.right'),
  ),
  fault(
    'pyDVL',
    '`HessianOperator`, products',
    'the mean of the batches’ mean Hessians, however few examples the last batch has',
    'pydvl.hessian-product',
    (f) => f.peer('pydvl.hessian-product.right'),
  ),
  fault(
    'dattri',
    '`IFAttributorExplicit`, several batches',
    'Σ_b (H_b + λI)⁻¹ over mini-batches in place of one inverse of the mean',
    'dattri.explicit.batches',
    (f) => f.scores(`--method hessian --damping ${f.damping()}`),
  ),
  fault(
    'dattri',
    '`IFAttributorEKFAC`',
    'eigenvectors taken from the rows of `eigh`’s matrix, and [weight, bias] re-cut as if it were [out, in + 1]',
    'dattri.ekfac',
    (f) => f.scores(`--method ekfac --fisher empirical --damping ${f.damping()}`),
  ),
  {
    ...fault(
      'captum',
      '`NaiveInfluenceFunction`, times N, `hessian_reg` λN',
      'the Hessian of the SUMMED loss; directions with σ + λ ≤ `hessian_inverse_tol` are dropped, negative curvature among them',
      'captum.naive',
      (f) => f.scores(`--method hessian --damping ${f.damping() / 40}`),
    ),
    compare: (f) => [
      f.scores(`--method hessian --damping ${f.damping() / 40}`),
      times(40, f.peer('captum.naive')),
      times(40, f.peer('captum.naive.formula')),
    ],
  },
  fault(
    'TRAK',
    'the scale of its scores',
    '(ΦᵀΦ/D + λI)⁻¹ is divided by the mean of its absolute entries: gradients twice as large give the same kernel',
    'trak',
    (f) => f.peer('trak.paper'),
  ),
];
