/** @file `audit`: from a table to the rows that are probably wrong, that harm, that carry, and how far that can be trusted. */
import { InvalidArgumentError } from 'commander';
import type { Findings } from '../audit/findings.ts';
import type { Measured } from '../audit/measured.ts';
import { DEFAULT_SEEDS, FOLDS } from '../audit/plan.ts';
import { readAuditData } from '../audit/reading/read-data.ts';
import { checkVerifiedRows } from '../audit/verify-rows.ts';
import { CommandError, USAGE } from '../files/command-error.ts';
import type { Json } from '../files/digest.ts';
import { counted } from '../judging/table.ts';
import { command, Flag, under } from '../terminal/command.ts';
import { ARCHITECTURE, integerIn, oneOf, paths, text, whole } from '../terminal/options.ts';
import type { Output } from '../terminal/output.ts';
import { refuseGiven } from '../terminal/strict-options.ts';
import { ARCHITECTURE_FILE, MODEL_FORM } from '../user-files/any-network.ts';
import { runShown } from './run-shown.ts';
import { STREAM_SEED, TO_THE_END, timeBudget, WORKERS } from './shared-options.ts';
import { TRAINING, TRAINING_FLAGS } from './train.ts';

function verifyRows(given: string): number | 'flagged' {
  if (given === 'flagged') return given;
  try {
    return integerIn(1)(given);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError('Expected a number of rows, or flagged.');
  }
}

/** Options of a network of one's own. */
const OWN = [
  'architecture',
  'activation',
  'layers',
  'inputs',
  'heldOut',
  'halves',
  ...TRAINING_FLAGS,
] as const;

export const addAudit = command({
  name: 'audit',
  operands: {
    name: 'file',
    help: 'a table in CSV (also .gz), .npz with x and y, or a folder of PNG images by class',
  },
  description:
    'which rows of a table are probably mislabelled, harm, or carry a model trained on it; and how far to trust the answer',
  options: {
    target: text(
      '<column>',
      'what is to be predicted: a name of the first line, or a number where there is none',
    ),
    task: oneOf('<task>', 'default: seen from the target', ['classification', 'regression']),
    id: text('<column>', 'names the rows; shown, and not learnt from'),
    verify: new Flag<number | 'flagged' | undefined>(
      '[k]',
      'retrain without the k most doubtful rows (default: as many as are flagged), with their suggested answers, and without k random ones',
      (option) => option.argParser(verifyRows).preset('flagged'),
    ),
    out: text(
      '<DIR>',
      'folder of the audit: report.html, ranked.csv, audit.json; continued when it exists',
    ).or('runs/audit'),
    ...under('Repeats, time and threads', {
      seeds: whole(
        '<n>',
        'repeats of the cross-validation, of a network of your own those of --verify: error bars are over them',
        2,
        100,
      ).or(DEFAULT_SEEDS),
      seed: STREAM_SEED,
      timeBudget: timeBudget(TO_THE_END),
      workers: WORKERS,
    }),
    ...under('A network of your own, in place of those that the audit trains', {
      model: paths('<M.pt2>', MODEL_FORM),
      params: paths('<P.safetensors>', 'its parameters, alone for linear layers, or with --architecture'),
      architecture: ARCHITECTURE_FILE,
      ...ARCHITECTURE,
      inputs: text(
        '<file>',
        'what it reads of a table: a line an input, "age" for a column of numbers, "colour = red" for a text; default: every column, a text as an input for each, in alphabetical order',
      ),
      heldOut: text(
        '<file>',
        'rows that it did not learn from, in the form of the others: which rows harm and carry it is measured on them; --verify needs them',
      ),
      halves: whole(
        '<K>',
        'random halves of the rows that its architecture is trained on anew, twice each, to measure how far to trust the answer; 0: none (default: 40, above 5000 rows 20)',
        0,
        10_000,
      ),
    }),
    ...under('Its training (default: the usual one that ends nearest to the network)', TRAINING),
  },
  async run(flags, given, [file, ...more]) {
    if (more.length > 0)
      throw new CommandError(`audit takes one file or folder, got ${1 + more.length}.`, USAGE);
    if (flags.model !== undefined || flags.params !== undefined) {
      refuseGiven<typeof flags>(given, ['timeBudget'], 'does not go with a network of your own');
      const { auditGiven } = await import('./audit-given.ts'); // only a network of one's own pays for loading it
      return await auditGiven(file, flags, given, (...found) =>
        auditOutput(flags.verify !== undefined, ...found),
      );
    }
    refuseGiven<typeof flags>(given, OWN, 'belongs to a network of your own: --model or --params');
    const { AUDIT_EXPERIMENT, auditFiles } = await import('../audit/run-audit.ts');
    const { out, workers, seed, seeds, target, task, id, verify } = flags;
    const data = await readAuditData({ file, target, task, id });
    checkVerifiedRows(verify, data.answers.length);
    if (flags.json !== true) for (const line of data.understood) console.error(line);
    const request = {
      data,
      plan: { seed, folds: FOLDS, repeats: seeds },
      verify,
      workers,
      out,
      budget: flags.timeBudget,
    };
    return await runShown(
      AUDIT_EXPERIMENT,
      request,
      { ...flags, shard: undefined, engine: 'local', redis: undefined },
      ({ results, wall }) => auditOutput(verify !== undefined, results, out, wall, auditFiles(out)),
    );
  },
});

/** What is wrong with the rows that are flagged, behind their number. */
function doubted(task: Findings['data']['task'], rows: number, trusted: boolean): string {
  if (task === 'classification')
    return `${rows === 1 ? 'looks' : 'look'} mislabelled${trusted ? '' : ' to them'}`;
  return `${rows === 1 ? 'has a target' : 'have targets'} far from what ${trusted ? 'networks that did not see them' : 'they'} predict`;
}

/** "-0.0213 ± 0.0042". */
function withError({ value, error }: Measured): string {
  return `${value.toPrecision(3)}${error === null ? '' : ` ± ${error.toPrecision(2)}`}`;
}

/** What retraining said, if that was asked. */
function verifiedLines(asked: boolean, { verified, model }: Findings): string[] {
  if (!asked) return [];
  if (verified === undefined)
    return [
      'verified: nothing, since no row is flagged; --verify K retrains without the K most doubtful rows',
    ];
  const { k, removed, relabelled, random } = verified;
  const where = model.given === undefined ? 'on the others' : 'on the rows held out';
  return [
    `verified: the loss ${where} changes by ${withError(removed.loss)} without the ${counted(k, 'most doubtful row')}${relabelled === undefined ? '' : `, by ${withError(relabelled.loss)} with the suggested ${k === 1 ? 'answer' : 'answers'} there`}, by ${withError(random.loss)} without ${counted(k, 'random row')}`,
  ];
}

/** What is printed of findings. @param verify - Whether retraining was asked for. */
function auditOutput(
  verify: boolean,
  findings: Findings,
  out: string,
  wall: number,
  files: readonly string[],
  heldOut?: string | undefined,
): Output {
  const { data, labels, trust, model, verified, harmful, duplicates, outliers } = findings;
  const flagged = labels.filter((one) => one.flagged);
  const top = (trust.distrust === undefined ? flagged : [])
    .slice(0, 10)
    .map(
      ({ row, given, suggested, loss }) =>
        `  row ${row}: ${given}${suggested === undefined ? '' : ` → ${suggested}`} (loss ${loss.value.toPrecision(3)})`,
    );
  const quality =
    model.accuracy === undefined
      ? `mean |error| ${model.heldOutLoss.value.toPrecision(3)}, the median alone ${model.baseline.toPrecision(3)}`
      : `accuracy ${(100 * model.accuracy.value).toFixed(1)} %, the most frequent class alone ${(100 * model.baseline).toFixed(1)} %${model.balancedAccuracy === undefined ? '' : `; of each class ${(100 * model.balancedAccuracy.value).toFixed(1)} % on average`}`;
  return {
    figures: {
      rows: data.rows,
      task: data.task,
      flagged: flagged.length,
      trust: trust as unknown as Json,
      model: model as unknown as Json,
      ...(verified === undefined ? {} : { verified: verified as unknown as Json }),
      out,
      seconds: { wall },
    },
    lines: [
      model.given === undefined
        ? `${model.networks} networks, ${model.text}; on rows that they did not see: ${quality}`
        : `${model.text}; on rows that it did not see${heldOut === undefined ? ', predicted' : ''}: ${quality}`,
      ...(trust.distrust === undefined ? [] : [trust.distrust]),
      `${flagged.length} of ${labels.length} rows ${doubted(data.task, flagged.length, trust.distrust === undefined)}${top.length > 0 ? ', first:' : ''}`,
      ...top,
      `listed: ${counted(harmful.length, 'row')} that ${harmful.length === 1 ? 'harms' : 'harm'}, ${counted(duplicates.length, 'near-duplicate')}, ${counted(outliers.length, 'outlier')}`,
      trust.lds === null
        ? 'effects of rows: how well they predict retraining was not measured'
        : `effects of rows: computed ones rank what retraining changes right to ${trust.lds.toFixed(2)} [${trust.ci.map((x) => (x === null ? '–' : x.toFixed(2))).join(', ')}], where 0 is guessing and 1 perfect; of ${data.task === 'classification' ? 'labels' : 'targets'} this says nothing`,
      ...(trust.training === undefined ? [] : [trust.training]),
      ...trust.warnings.map((warning) => `warning: ${warning}`),
      ...verifiedLines(verify, findings),
      ...files.map((name) => `written to ${name}`),
      `${wall.toFixed(1)} s`,
    ],
  };
}
