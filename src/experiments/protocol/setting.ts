/** @file The configuration of one setting: frozen plain values from which every result follows. */
import * as v from 'valibot';
import { ACTIVATIONS, type Loss } from '../../autodiff/index.ts';
import { CommandError } from '../files/command-error.ts';
import { checkJson, prefixed } from '../files/json.ts';
import { count, index, nonNegative, positive } from '../files/json-schemas.ts';
import {
  CONVENTION_WORDS,
  type Conventions,
  conventionWords,
  DEFAULT_CONVENTIONS,
  parseConventionWords,
  type Scaling,
} from './conventions.ts';

const share = v.pipe(positive, v.ltValue(1, 'a number < 1'));

const DataSchema = v.strictObject({
  dataset: v.literal('digits'),
  train: count,
  queries: count,
  splitSeed: index,
  scaling: v.picklist(['standardised', 'unit'] satisfies Scaling[]),
});

const ModelSchema = v.strictObject({
  depth: index,
  width: count,
  activation: v.picklist(ACTIVATIONS),
});

const TrainingSchema = v.strictObject({
  epochs: count,
  batch: count,
  learningRate: positive,
  momentum: v.pipe(nonNegative, v.ltValue(1, 'a number < 1')),
  weightDecay: nonNegative,
  schedule: v.picklist(['constant', 'cosine']),
  initialisation: v.picklist(['torch', 'xavier']),
  dropLast: v.boolean(),
});

const factors = v.exactOptional(v.picklist(['product', 'separate']));
/** An inverse rule in a file. */
export const RuleSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('truncated'),
    eps: nonNegative,
    negative: v.picklist(['keep', 'drop']),
    factors,
  }),
  v.strictObject({ kind: v.literal('damped'), lambda: nonNegative, factors }),
  v.strictObject({ kind: v.literal('absolute'), lambda: nonNegative }),
  v.strictObject({ kind: v.literal('unrolled'), time: nonNegative }),
]);

const FisherSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('type-2') }),
  v.strictObject({ kind: v.literal('mc'), samples: count, seed: index }),
  v.strictObject({ kind: v.literal('empirical') }),
]);

/** The form of a setting's name. */
export const settingNameSchema = v.pipe(
  v.string(),
  v.regex(/^d\d+-w\d+-e\d+(-[a-z][a-z0-9.+-]*)*$/, 'the name of a setting, as d1-w16-e100'),
);

/** The values of a setting; {@link defineSetting} also compares them with its name. */
export const SettingSchema = v.strictObject({
  name: settingNameSchema,
  data: DataSchema,
  model: ModelSchema,
  loss: v.literal('cross-entropy' satisfies Loss),
  training: TrainingSchema,
  /** Of the retrainings; absent: float64. */
  retrainingPrecision: v.exactOptional(v.literal('float32')),
  curvature: v.strictObject({ fisher: FisherSchema, partition: v.picklist(['layer', 'tensor']) }),
  rule: RuleSchema,
  measurement: v.picklist(['loss', 'margin']),
  /** Networks trained on everything whose scores are averaged. */
  baseModels: count,
  /** α, the share of the training set that each retraining keeps. */
  subsetFraction: share,
  seed: index,
});

export type DataConfig = Readonly<v.InferOutput<typeof DataSchema>>;
export type ModelConfig = Readonly<v.InferOutput<typeof ModelSchema>>;
export type SettingConfig = Readonly<v.InferOutput<typeof SettingSchema>>;

/**
 * A checked, deeply frozen copy.
 *
 * @throws {CommandError} the first value that is not allowed, with its path; a name that does not tell the values, so
 * that no two configurations of one seed go by one name.
 */
export function defineSetting(input: unknown): SettingConfig {
  const setting = deepFreeze(prefixed(headingOf(input), () => checkJson(SettingSchema, input)));
  const name = ownName(setting);
  if (name !== setting.name)
    throw new CommandError(`setting ${setting.name}: its values are those of ${name}.`);
  return setting;
}

/** "setting d1-w16-e100", where it has a name. */
function headingOf(input: unknown): string {
  return v.is(v.looseObject({ name: v.string() }), input) ? `setting ${input.name}` : 'setting';
}

/** What a name says before the conventions. */
export interface Shape {
  readonly depth: number;
  readonly width: number;
  readonly epochs: number;
}

/** What a name says. */
export interface SettingName extends Shape {
  readonly conventions: Conventions;
}

/** d{depth}-w{width}-e{epochs}, then a word for each convention that is not the default: d8-w16-e100-m0-unit. */
export function settingName(
  { depth, width, epochs }: Shape,
  conventions: Conventions = DEFAULT_CONVENTIONS,
): string {
  const { training, curvature } = conventionWords(conventions);
  return [`d${depth}-w${width}-e${epochs}`, ...training, ...curvature].join('-');
}

/** The name that follows from a setting's values. */
export function ownName(setting: SettingConfig): string {
  return settingName(shapeOf(setting), conventionsOf(setting));
}

/** The part of a setting's name that its networks depend on: settings with equal ones share all trainings. */
export function trainingName(setting: SettingConfig): string {
  const { depth, width, epochs } = shapeOf(setting);
  const { training } = conventionWords(conventionsOf(setting));
  return [`d${depth}-w${width}-e${epochs}`, ...training].join('-');
}

/** The conventions of a setting. */
export function conventionsOf(setting: SettingConfig): Conventions {
  const { data, training, curvature, rule, measurement, retrainingPrecision = 'float64' } = setting;
  const { fisher } = curvature;
  return {
    momentum: training.momentum,
    scaling: data.scaling,
    initialisation: training.initialisation,
    precision: retrainingPrecision,
    fisher: fisher.kind === 'mc' ? { kind: 'mc', samples: fisher.samples } : fisher,
    partition: curvature.partition,
    rule,
    measurement,
  };
}

/** Reads a setting's name, e.g. d8-w16-e100 or d8-w16-e100-m0-unit. @throws {CommandError} another form. */
export function parseSettingName(name: string): SettingName {
  const match =
    /^d(0|[1-9]\d{0,2})-w([1-9]\d{0,4})-e([1-9]\d{0,6})((?:-[a-z][a-z0-9.]*(?:(?<=\de)[+-]\d+)?)*)$/.exec(
      name,
    );
  if (match === null)
    throw new CommandError(
      `--setting: expected d{depth}-w{width}-e{epochs}, e.g. d1-w16-e100, and possibly conventions (${CONVENTION_WORDS}), got ${JSON.stringify(name)}.`,
    );
  const words = match[4].split(/-(?=[a-z])/).slice(1);
  return {
    depth: Number(match[1]),
    width: Number(match[2]),
    epochs: Number(match[3]),
    conventions: parseConventionWords(words),
  };
}

/** The setting of a name with its retrainings in float32: d1-w16-e100 becomes d1-w16-e100-float32. @throws {CommandError} no name. */
export function retrainedInFloat32(name: string): string {
  const { conventions, ...shape } = parseSettingName(name);
  return settingName(shape, { ...conventions, precision: 'float32' });
}

/** Layer sizes of a network of `depth` hidden layers. */
export function layerSizes({ depth, width }: ModelConfig, inputs: number, outputs: number): number[] {
  return [inputs, ...new Array<number>(depth).fill(width), outputs];
}

function shapeOf({ model, training }: SettingConfig): Shape {
  return { depth: model.depth, width: model.width, epochs: training.epochs };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) deepFreeze(item);
    Object.freeze(value);
  }
  return value;
}
