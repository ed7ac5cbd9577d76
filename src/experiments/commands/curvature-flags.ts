/** @file What `curvature` can be asked for, and which of it goes together. */
import { CommanderError } from 'commander';
import {
  CURVATURE_KINDS,
  CURVATURES,
  type CurvatureOptions,
  type FisherType,
} from '../../curvature/index.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import { type FlagsOf, HEADINGS, JSON_OPTION, under } from '../terminal/command.ts';
import {
  ARCHITECTURE,
  nameList,
  nonNegative,
  oneOf,
  PARAMS_FORM,
  parsed,
  SAMPLED_LABELS,
  text,
  whole,
  yes,
} from '../terminal/options.ts';
import { type Given, refuseGiven } from '../terminal/strict-options.ts';
import {
  ARCHITECTURE_FILE,
  checkNetworkOptions,
  MODEL_FORM,
  type NetworkOptions,
  PADDING_TOKEN,
} from '../user-files/any-network.ts';
import { LOSS_OPTIONS } from '../user-files/loss-option.ts';

const CONVENTIONS = {
  fisher: oneOf('<type>', 'expectation over labels', ['type-2', 'mc', 'empirical']).or('type-2'),
  samples: whole('<n>', 'labels drawn per example for --fisher mc', 1, 1e6).or(1),
  seed: whole('<n>', 'names the random stream of --fisher mc', 0).or(0),
  kfac: oneOf(
    '<form>',
    'kfac and ekfac of weights used at several positions: each by itself, or their mean input and summed gradient',
    ['expand', 'reduce'],
  ).or('expand'),
  partition: oneOf('<kind>', 'blocks: per layer or per parameter tensor', ['layer', 'tensor']).or('layer'),
};

/** What is said in place of the matrix, and by how much work. */
const ESTIMATES = {
  trace: yes('the trace with a standard error, from products with the matrix'),
  logDeterminant: yes(
    'the log-determinant, by Lanczos quadrature; needs --damping unless it is positive definite',
  ),
  density: yes(
    'the density of the eigenvalues, by Lanczos quadrature; --out is [points, 3]: where, density, standard error',
  ),
  diagonal: yes('the diagonal; --out is [parameters]'),
  errors: text('<E.npy>', 'written: with --diagonal the standard error of each element'),
  products: whole(
    '<n>',
    'that trace and diagonal may take; as many as there are parameters make them exact',
    6,
    1e7,
  ).or(100),
  steps: whole('<n>', 'of Lanczos, for density and log-determinant', 2, 1e6).or(80),
  probes: whole('<n>', 'random vectors of theirs', 2, 1e6).or(10),
  points: whole('<n>', 'of the density', 2, 1e6).or(200),
};

/** All that `curvature` takes. */
export const CURVATURE_FLAGS = {
  method: oneOf('<name>', 'which matrix', CURVATURE_KINDS).required(),
  out: text('<C.npy>', "written: rows and columns in PyTorch's parameter order"),
  json: JSON_OPTION,
  ...under(HEADINGS.network, {
    params: text('<file>', PARAMS_FORM),
    architecture: ARCHITECTURE_FILE,
    model: text('<M.pt2>', MODEL_FORM),
    paddingToken: PADDING_TOKEN,
    ...ARCHITECTURE,
  }),
  ...under(HEADINGS.examples, {
    inputs: text(
      '<X.npy>',
      '[n, features]; [n, channels, height, width], or tokens [n, T], as the network reads them',
    ).required(),
    labels: text('<y.npy>', '[n], integers; [n, T] where each token has an output'),
    targets: text(
      '<T.npy>',
      '[n, outputs], or [n]: of regression, or as --loss says; the loss is ½‖output − target‖² unless it does',
    ),
    tokenWeights: text('<w.npy>', '[n, T] of 0 and 1: the tokens that count (default: all)'),
    ...LOSS_OPTIONS,
  }),
  ...under('Of the matrix', {
    ...CONVENTIONS,
    modules: parsed(
      '<names>',
      'last, all, or names with commas: the parameters that count, the others held fixed (default: all)',
      nameList,
    ),
    damping: parsed('<λ>', 'added to every eigenvalue (default: 0)', nonNegative),
    dampingPer: oneOf(
      '<what>',
      'module: 0.1 times the mean eigenvalue of each, for block-ggn, ekfac, kfac; pi: λ split between the factors of kfac',
      ['network', 'module', 'pi'],
    ).or('network'),
  }),
  ...under('In place of the matrix', ESTIMATES),
};
/** What was given. */
export type CurvatureFlags = FlagsOf<typeof CURVATURE_FLAGS>;

/** @throws {CommandError} | {CommanderError} options that do not go together, or are missing. */
export function checkCurvatureFlags(flags: CurvatureFlags, given: Given<CurvatureFlags>): void {
  checkConventions(flags, given);
  checkNetworkOptions(networkOptions(flags), CURVATURE_FLAGS.params.named('params').flags);
  checkAnswers(flags);
  checkWritten(flags, given);
}

/** Refuses conventions that the matrix does not depend on. */
function checkConventions(flags: CurvatureFlags, given: Given<CurvatureFlags>): void {
  const { method, fisher, dampingPer } = flags;
  const { reads } = CURVATURES[method];
  const unused = (['fisher', 'partition', 'kfac'] as const).filter((option) => !reads.includes(option));
  refuseGiven(given, unused, `does not apply to ${method}`);
  if (fisher !== 'mc')
    refuseGiven(given, isEstimate(flags) ? ['samples'] : ['samples', 'seed'], SAMPLED_LABELS);
  if (isEstimate(flags) && method === 'ggn')
    refuseGiven(given, ['fisher'], 'goes with the matrix: products with the ggn are those of type-2');
  if (dampingPer !== 'network' && !reads.includes('partition'))
    throw new CommandError(
      `--damping-per ${dampingPer} does not apply to ${method}, which has no blocks.`,
      USAGE,
    );
  if (dampingPer === 'pi' && CURVATURES[method].factored !== true)
    throw new CommandError(
      `--damping-per pi does not apply to ${method}: only kfac has factors to split λ between.`,
      USAGE,
    );
  if (dampingPer === 'module')
    refuseGiven(given, ['damping'], 'does not go with --damping-per module: each module has a λ of its own');
}

/** Whether numbers about the matrix are asked for, not the matrix. */
export function isEstimate({ trace, logDeterminant, density, diagonal }: CurvatureFlags): boolean {
  return [trace, logDeterminant, density, diagonal].some((one) => one === true);
}

/** What is written needs a file, what is not has none; options of estimates that were not asked for. */
function checkWritten(flags: CurvatureFlags, given: Given<CurvatureFlags>): void {
  const { trace, logDeterminant, density, diagonal, out } = flags;
  if (density && diagonal)
    throw new CommandError('--density and --diagonal both write --out: ask for one of them.', USAGE);
  const writes = density || diagonal || !isEstimate(flags);
  if (writes && out === undefined)
    throw new CommanderError(2, 'eigenfluence.missing', `required option '${CURVATURE_FLAGS.out.named('out').flags}' not specified`); // biome-ignore format: one line
  if (!writes)
    refuseGiven(given, ['out'], 'is not written by --trace and --log-determinant; --json prints them');
  if (!diagonal) refuseGiven(given, ['errors'], 'belongs to --diagonal');
  if (!density) refuseGiven(given, ['points'], 'belongs to --density');
  if (!density && !logDeterminant) refuseGiven(given, ['steps', 'probes'], 'belongs to --density and --log-determinant'); // biome-ignore format: one line
  if (!trace && !diagonal) refuseGiven(given, ['products'], 'belongs to --trace and --diagonal');
}

/** One network, however it is named. */
export function networkOptions({ params, model, ...flags }: CurvatureFlags): NetworkOptions {
  const list = (file: string | undefined): string[] | undefined => (file === undefined ? undefined : [file]);
  const { architecture, activation, layers, paddingToken } = flags;
  return { params: list(params), architecture, model: list(model), activation, layers, paddingToken };
}

/** Labels or targets, one of the two. */
function checkAnswers({ labels, targets }: CurvatureFlags): void {
  if (labels !== undefined && targets !== undefined)
    throw new CommandError('--labels are for classes and --targets for regression: give one of them.', USAGE);
  if (labels === undefined && targets === undefined)
    throw new CommanderError(
      2,
      'eigenfluence.missing',
      `required option '${CURVATURE_FLAGS.labels.named('labels').flags}' not specified`,
    );
}

/** The command line's curvature conventions as the library's options. */
export function curvatureOptions({
  fisher,
  samples,
  seed,
  partition,
  kfac,
}: FlagsOf<typeof CONVENTIONS>): CurvatureOptions {
  const type: FisherType = fisher === 'mc' ? { kind: 'mc', samples, seed } : { kind: fisher };
  return { fisher: type, partition, kfac };
}
