/** @file A network that somebody else trained, held against a table: what it reads, and which output stands for which class. */
import { functionName } from '../../../autodiff/functions.ts';
import type { Dataset, Loss } from '../../../autodiff/index.ts';
import type { FittedModel } from '../../../influence/index.ts';
import { Matrix } from '../../../linalg/index.ts';
import { CommandError } from '../../files/command-error.ts';
import { quoted } from '../../tables/answers.ts';
import {
  checkNetworkOptions,
  MODEL_FORM,
  type NetworkOptions,
  networkFiles,
  readNetworks,
  toldLines,
  toldWarnings,
} from '../../user-files/any-network.ts';
import { preprocessingWarnings } from '../../user-files/preprocessing.ts';
import type { AuditData } from '../audit-data.ts';

/** The network with the table as it reads it. */
export interface GivenNetwork {
  readonly file: string;
  readonly fitted: FittedModel;
  /** With the classes of the outputs, in their order. */
  readonly data: AuditData;
  readonly warnings: readonly string[];
}

/** Of classes cross-entropy; of numbers half the squared error, as its trainers minimise it. */
function lossOf({ classes }: AuditData): Loss {
  return classes.length > 0 ? 'cross-entropy' : 'squared-error';
}

/**
 * Reads the network that the options name. It gets the columns as they stand.
 *
 * @throws {CommandError} it cannot be read; it reads another number of features or tokens, has several positions, or outputs that are not those
 * of the classes. One line that says what to do.
 */
export function readGivenNetwork(options: NetworkOptions, table: AuditData): GivenNetwork {
  checkNetworkOptions(options, `--params <file> or --model <M.pt2>, ${MODEL_FORM}`);
  const [file, ...more] = networkFiles(options);
  if (more.length > 0) throw new CommandError('an audit takes one network.');
  const loss = lossOf(table);
  const [{ network, told }] = readNetworks(options, loss);
  const { model, theta } = network;
  if (model.vocabulary !== undefined)
    throw new CommandError(`${file}: the network reads tokens; an audit reads tables and images of numbers.`);
  if (model.outputPositions !== 1)
    throw new CommandError(
      `${file}: the network has an output at each of ${model.outputPositions} positions; an audit needs one answer for each row.`,
    );
  if (model.inputs !== table.inputs.cols)
    throw new CommandError(
      `${file}: the network reads ${model.inputs} numbers for each row, ${table.source} has ${table.inputs.cols} besides the target: ${inputList(table)}. Name those that it reads, in its order, in a file: --inputs.`,
    );
  const { data, told: outputs } = withOutputs(file, model.outputs, table);
  return {
    file,
    fitted: { model, loss, theta },
    data: {
      ...data,
      understood: [
        ...data.understood,
        ...toldLines(told),
        `The network gets ${model.inputs} numbers of each row, unscaled; its loss is taken to be ${functionName(loss)}.`,
        outputs,
      ],
    },
    warnings: [...toldWarnings(told), ...preprocessingWarnings(told, table.inputs, table.source)],
  };
}

/** The first and the last inputs. */
function inputList({ features }: AuditData): string {
  const shown = features.length > 12 ? [...features.slice(0, 8), '…', ...features.slice(-2)] : features;
  return shown.map((name) => (name === '…' ? name : quoted(name))).join(', ');
}

/** The table with one class for each output. Whole numbers name outputs; texts are in alphabetical order. */
function withOutputs(
  file: string,
  outputs: number,
  table: AuditData,
): { readonly data: AuditData; readonly told: string } {
  const { classes, answers, target } = table;
  if (classes.length === 0) {
    if (outputs !== 1)
      throw new CommandError(
        `${file}: the network has ${outputs} outputs; the target ${quoted(target)} is one number.`,
      );
    return { data: table, told: 'Its output is the target, in the units of the file.' };
  }
  if (classes.every((name) => /^\d+$/.test(name))) {
    const beyond = classes.find((name) => Number(name) >= outputs);
    if (beyond !== undefined)
      throw new CommandError(
        `${file}: the network has the outputs 0 to ${outputs - 1}; the target ${quoted(target)} has the class ${beyond}. Classes that are numbers are those of the outputs, from 0.`,
      );
    return {
      data: {
        ...table,
        classes: Array.from({ length: outputs }, (_, k) => String(k)),
        answers: answers.map((k) => Number(classes[k])),
      },
      told: 'Its outputs are the classes of their numbers.',
    };
  }
  if (classes.length !== outputs)
    throw new CommandError(
      `${file}: the network has ${outputs} outputs, the target ${quoted(target)} ${classes.length} classes. Number the classes from 0 if some do not occur.`,
    );
  return { data: table, told: `Its outputs are taken as ${classes.map(quoted).join(', ')}, in this order.` };
}

/** The examples of a table for a network. */
export function examplesOf({ inputs, answers, classes }: AuditData): Dataset {
  return classes.length > 0
    ? { inputs, labels: Int32Array.from(answers) }
    : { inputs, targets: new Matrix(answers.length, 1, answers) };
}

/** Rows that the network did not learn from, with the features and the classes of the table. @throws {CommandError} they have others. */
export function fitting(held: AuditData, { data }: Pick<GivenNetwork, 'data'>): AuditData {
  if (held.inputs.cols !== data.inputs.cols || held.features.some((name, j) => name !== data.features[j]))
    throw new CommandError(
      `${held.source}: its ${held.inputs.cols} columns are not the ${data.inputs.cols} of ${data.source}, in their order.`,
    );
  if (data.classes.length === 0) return held;
  const place = new Map(data.classes.map((name, k) => [name, k]));
  const unknown = held.classes.find((name) => !place.has(name));
  if (unknown !== undefined)
    throw new CommandError(
      `${held.source}: the class ${quoted(unknown)} is none of ${quoted(data.target)} in ${data.source}.`,
    );
  return {
    ...held,
    classes: data.classes,
    answers: held.answers.map((k) => place.get(held.classes[k]) as number),
  };
}
