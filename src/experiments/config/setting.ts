/** @file The configuration of one setting: frozen plain values from which every result follows. */
import * as v from 'valibot';
import type { Activation, Loss } from '../../autodiff/index.ts';
import { CommandError } from '../command-error.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const index = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const share = v.pipe(v.number(), v.gtValue(0), v.ltValue(1));

const DataSchema = v.strictObject({
  dataset: v.literal('digits'),
  train: count,
  queries: count,
  splitSeed: index,
  scaling: v.literal('standardised'),
});

const ModelSchema = v.strictObject({
  depth: index,
  width: count,
  activation: v.picklist(['identity', 'tanh', 'relu', 'gelu', 'sigmoid'] satisfies Activation[]),
});

const TrainingSchema = v.strictObject({
  epochs: count,
  batch: count,
  learningRate: positive,
  momentum: v.pipe(nonNegative, v.ltValue(1)),
  weightDecay: nonNegative,
  schedule: v.picklist(['constant', 'cosine']),
  initialisation: v.picklist(['torch', 'xavier']),
  dropLast: v.boolean(),
});

const RuleSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('truncated'), eps: nonNegative, negative: v.picklist(['keep', 'drop']) }),
  v.strictObject({ kind: v.literal('damped'), lambda: nonNegative }),
]);

const FisherSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('type-2') }),
  v.strictObject({ kind: v.literal('mc'), samples: count, seed: index }),
  v.strictObject({ kind: v.literal('empirical') }),
]);

const SettingSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^d\d+-w\d+-e\d+$/)),
  data: DataSchema,
  model: ModelSchema,
  loss: v.literal('cross-entropy' satisfies Loss),
  training: TrainingSchema,
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

/** A checked, deeply frozen copy. @throws {CommandError} the first value that is not allowed, with its path. */
export function defineSetting(input: SettingConfig): SettingConfig {
  const parsed = v.safeParse(SettingSchema, input);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new CommandError(`setting ${input.name}: ${v.getDotPath(issue) ?? 'value'}: ${issue.message}.`);
  }
  return deepFreeze(parsed.output);
}

/** Depth, width and epochs of a setting's name, e.g. d8-w16-e100. @throws {CommandError} another form. */
export function parseSettingName(name: string): { depth: number; width: number; epochs: number } {
  const match = /^d(0|[1-9]\d{0,2})-w([1-9]\d{0,4})-e([1-9]\d{0,6})$/.exec(name);
  if (match === null)
    throw new CommandError(
      `--setting: expected d{depth}-w{width}-e{epochs}, e.g. d1-w16-e100, got ${JSON.stringify(name)}.`,
    );
  return { depth: Number(match[1]), width: Number(match[2]), epochs: Number(match[3]) };
}

/** Layer sizes of a network of `depth` hidden layers. */
export function layerSizes({ depth, width }: ModelConfig, inputs: number, outputs: number): number[] {
  return [inputs, ...new Array<number>(depth).fill(width), outputs];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) deepFreeze(item);
    Object.freeze(value);
  }
  return value;
}
