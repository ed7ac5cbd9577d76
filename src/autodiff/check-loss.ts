/** @file Checks a loss: what it says of its derivatives, its model and its constant prediction against the tape's own. */
import { NumericalError } from '../linalg/errors.ts';
import { Matrix, type Vec } from '../linalg/matrix.ts';
import { type Rng, rng } from '../linalg/random/random.ts';
import { AnyTape } from './any-tape.ts';
import { type Answers, type LossDefinition, withAnswers } from './losses/loss.ts';
import { EXAMPLE_FUNCTION_TABLE } from './losses/table.ts';
import type { Program } from './program.ts';
import type { TapeNode } from './tape-node.ts';

/** Outputs and examples of the trial. */
const [OUTPUTS, COUNT] = [3, 7];
const TOLERANCE = 1e-12;
const DRAWS = 4000;
/** Standard errors that a mean over draws may be off. */
const ERRORS = 5;

/** The loss on a tape, a function of its outputs u, with the answers of the trial. */
interface Trial {
  readonly program: Program;
  readonly u: TapeNode;
  readonly value: TapeNode;
}

/**
 * Verifies a loss at random outputs and answers:
 *
 * 1. `gradient` is the tape's ∂(Σ ℓ)/∂u
 * 2. Σ s sᵀ over `hessianRoot` is the tape's ∇²_u ℓ, example by example
 * 3. over 4,000 `drawnGradients`, where there are some, the mean of s is 0 and that of s sᵀ is ∇²_u ℓ, within five standard errors
 * 4. the mean loss of a constant prediction is stationary at `constantOutputs`, when it is one number for all examples
 * 5. where ℓ is a function of one number f, ∂ℓ/∂u is `slope`(f) ∂f/∂u
 * 6. what is measured reads the same answers
 *
 * @throws {NumericalError} `checkLoss: <what> of <name>: …`, with both numbers.
 * @example checkLoss('cross-entropy', LOSS_TABLE['cross-entropy']); // passes silently
 */
export function checkLoss(name: string, loss: LossDefinition): void {
  const random = rng(1, 'check-loss', name);
  const u = new Matrix(OUTPUTS, COUNT, random.fillNormal(new Float64Array(OUTPUTS * COUNT)));
  const answers: Answers =
    loss.answers === 'labels'
      ? { labels: Int32Array.from({ length: COUNT }, () => random.integer(OUTPUTS)) }
      : { targets: loss.trialTargets?.(OUTPUTS, COUNT, random) ?? normalTargets(random) };
  const trial = record(loss.record, answers);
  const gradient = at(trial, u);
  const hessians = outputHessians(trial);
  const fail = (what: string, how: string): never => {
    throw new NumericalError(`checkLoss: ${what} of ${name}: ${how}.`);
  };
  const compare = (what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void => {
    for (let i = 0; i < expected.length; i++)
      if (!(Math.abs(actual[i] - expected[i]) <= TOLERANCE * Math.max(1, Math.abs(expected[i]))))
        fail(what, `element ${i} is ${actual[i]}, the tape says ${expected[i]}`);
  };

  const given = withAnswers(
    loss,
    answers,
    (of, labels) => ({
      gradient: of.gradient(u, labels, 0),
      root: of.hessianRoot(u, labels, 0),
      constant: of.constantOutputs(OUTPUTS, labels),
    }),
    (of, targets) => ({
      gradient: of.gradient(u, targets, 0),
      root: of.hessianRoot(u, targets, 0),
      constant: of.constantOutputs(OUTPUTS, targets),
    }),
  );
  compare('gradient', given.gradient.data, gradient.data);
  for (let n = 0; n < COUNT; n++)
    compare(`hessianRoot, example ${n},`, outer(given.root, n).data, hessians[n].data);

  const drawn = loss.drawnGradients?.(u, DRAWS, (column) => rng(1, 'check-loss', name, 'drawn', column));
  if (drawn !== undefined) for (let n = 0; n < COUNT; n++) checkDraws(drawn, n, hessians[n], fail);

  if (given.constant.length !== OUTPUTS)
    fail('constantOutputs', `${given.constant.length} of ${OUTPUTS} numbers`);
  if (loss.answers === 'targets') {
    const constant = new Matrix(OUTPUTS, COUNT);
    for (let c = 0; c < OUTPUTS; c++) constant.row(c).fill(given.constant[c]);
    const slopes = at(trial, constant);
    for (let c = 0; c < OUTPUTS; c++)
      compare('the gradient at constantOutputs', [slopes.row(c).reduce((sum, g) => sum + g, 0)], [0]);
  }

  if (loss.linearised !== 'outputs') {
    const { of, slope } = loss.linearised;
    const f = record(EXAMPLE_FUNCTION_TABLE[of].record, answers);
    const along = at(f, u);
    const values = f.program.value(f.value).data;
    const product = along.data.map((g, k) => g * slope(values[k % COUNT]));
    compare(`linearised by ${of}: the gradient`, product, gradient.data);
  }
  if ((loss.measure ?? EXAMPLE_FUNCTION_TABLE[loss.measured]).answers !== loss.answers)
    fail('measured', `${loss.measured} reads no ${loss.answers}`);
}

function normalTargets(random: Rng): Matrix {
  return new Matrix(COUNT, OUTPUTS, random.fillNormal(new Float64Array(OUTPUTS * COUNT)));
}

function record(recordOn: LossDefinition['record'], answers: Answers): Trial {
  const tape = new AnyTape();
  const u = tape.variable(OUTPUTS, COUNT);
  const leaf = 'labels' in answers ? tape.labels(OUTPUTS, COUNT) : tape.input(OUTPUTS, COUNT);
  const value = recordOn(tape, u, leaf);
  if (value.rows !== 1 || value.cols !== COUNT)
    throw new NumericalError(
      `checkLoss: record: [${value.rows}, ${value.cols}] is not one number per example.`,
    );
  const program = tape.compile(value, { directions: OUTPUTS });
  if ('labels' in answers) program.set(leaf, answers.labels);
  else for (let n = 0; n < COUNT; n++) for (let c = 0; c < OUTPUTS; c++) program.value(leaf).data[c * COUNT + n] = answers.targets.at(n, c); // biome-ignore format: a transpose
  return { program, u, value };
}

/** ∂(Σ ℓ)/∂u at u, a copy. */
function at({ program, u }: Trial, outputs: Matrix): Matrix {
  program.set(u, outputs);
  program.forward();
  program.backward();
  return program.cotangent(u).clone();
}

/** ∇²_u ℓ of every example, where the program stands. */
function outputHessians({ program, u }: Trial): Matrix[] {
  const schedule = program.tangentsFrom([u]);
  for (let j = 0; j < OUTPUTS; j++) {
    program.tangent(u, j).data.fill(0);
    program.tangent(u, j).row(j).fill(1);
  }
  program.forwardTangent(schedule);
  program.backwardTangent(schedule);
  return Array.from({ length: COUNT }, (_, n) => {
    const out = new Matrix(OUTPUTS, OUTPUTS);
    for (let j = 0; j < OUTPUTS; j++)
      for (let c = 0; c < OUTPUTS; c++) out.data[c * OUTPUTS + j] = program.cotangentTangent(u, j).at(c, n);
    return out;
  });
}

/** Σ s[:, n] s[:, n]ᵀ. */
function outer(seeds: readonly Matrix[], n: number): Matrix {
  const out = new Matrix(OUTPUTS, OUTPUTS);
  for (const seed of seeds)
    for (let i = 0; i < OUTPUTS; i++)
      for (let j = 0; j < OUTPUTS; j++) out.data[i * OUTPUTS + j] += seed.at(i, n) * seed.at(j, n);
  return out;
}

/** Means over draws against 0 and the Hessian, each within its standard error. */
function checkDraws(
  drawn: readonly Matrix[],
  n: number,
  hessian: Matrix,
  fail: (what: string, how: string) => never,
): void {
  const scores = drawn.map((seed) => seed.column(n).map((g) => g * Math.sqrt(DRAWS)));
  if (scores.length !== DRAWS) fail('drawnGradients', `${scores.length} in place of ${DRAWS}`);
  const check = (what: string, numbers: Vec, expected: number): void => {
    const mean = numbers.reduce((sum, x) => sum + x, 0) / DRAWS;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / DRAWS;
    if (!(Math.abs(mean - expected) <= ERRORS * Math.sqrt(variance / DRAWS) + TOLERANCE))
      fail(`drawnGradients, example ${n},`, `the mean of ${what} is ${mean}, not ${expected}`);
  };
  for (let i = 0; i < OUTPUTS; i++) {
    check(
      `s[${i}]`,
      Float64Array.from(scores, (s) => s[i]),
      0,
    );
    for (let j = 0; j <= i; j++)
      check(
        `s[${i}] s[${j}]`,
        Float64Array.from(scores, (s) => s[i] * s[j]),
        hessian.at(i, j),
      );
  }
}
