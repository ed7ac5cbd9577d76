/** @file The top of the page: how good the networks are, how far their word can be trusted, and what retraining said. */
import type { Change, Findings, Trust, Verification } from '../findings.ts';
import { measuredText, measureOf, percentText, shortNumber } from './cells.ts';
import { list, paragraph } from './text.ts';

const panel = (id: string, title: string, body: string): string =>
  `<section class="panel" aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${body}</section>`;

/** The model in words, beside an answer that looks at nothing. */
export function modelPanel({ data, model }: Findings): string {
  const { text, networks, accuracy, balancedAccuracy, heldOutLoss, baseline, given } = model;
  const quality =
    accuracy === undefined
      ? `On rows that they did not see, their predictions are off by ${measuredText(heldOutLoss)} on average. Always saying the median would be off by ${shortNumber(baseline)}.`
      : `On rows that they did not see, they are right in ${percentText(accuracy)} of cases. Always saying the most frequent class would be right in ${percentText({ value: baseline, error: null })}.${balancedAccuracy === undefined ? '' : ` Of each class they recognise ${percentText(balancedAccuracy)} on average, whether it is frequent or rare.`} Their mean ${measureOf(data)} there is ${measuredText(heldOutLoss)}.`;
  return panel(
    'model',
    'The model',
    paragraph(
      given === undefined
        ? `${networks} networks were trained: ${text}. Each row is judged only by networks that did not see it.`
        : `A network was given: ${text}. None was trained in its place: each row is judged by what this network would say without it, as influence predicts. Where "networks" are spoken of here, it is this one.`,
    ) + paragraph(quality),
  );
}

/** Of doubts first, then of effects; and the warnings. */
export function trustPanel({ data, trust }: Findings): string {
  const answers = data.classes.length > 0 ? 'labels' : 'targets';
  const doubts =
    trust.distrust === undefined
      ? paragraph(
          `Doubts about ${answers} are worth what the networks know: how often they are right is said above.`,
        )
      : paragraph(trust.distrust, 'warn');
  return panel(
    'trust',
    'How far to trust it',
    `${doubts}${paragraph(effectsText(trust, answers))}${list(trust.warnings, 'warn')}`,
  );
}

function effectsText({ lds, ci: [lo, hi], ceiling, training }: Trust, answers: string): string {
  if (lds === null) return 'How far the effects of rows can be trusted could not be measured.';
  const interval =
    lo === null || hi === null ? '' : ` (95 % interval ${shortNumber(lo)} to ${shortNumber(hi)})`;
  const bound =
    ceiling === null
      ? ''
      : ` Two trainings on the same rows differ too, so that even perfect scores would reach about ${shortNumber(ceiling)}.`;
  return `How well computed effects of rows (which harm, carry or help) predict retraining was measured. ${training ?? 'The networks were trained again on random halves of the rows.'} The computed effects rank what this changed right to ${shortNumber(lds)}${interval}, where 0 is guessing and 1 is perfect. Whether ${answers} are right is another question.${bound}`;
}

/** What happened without the doubtful rows. */
export function verifiedPanel(verified: Verification | undefined, measure: string): string {
  if (verified === undefined) return '';
  const { k, training, removed, random, relabelled } = verified;
  const line = (what: string, { loss, accuracy, predicted }: Change): string =>
    `${what}: the mean ${measure} on the other held-out rows changed by ${measuredText(loss)}${predicted === undefined ? '' : ` (predicted: ${shortNumber(predicted)})`}${accuracy === undefined ? '' : `, the share of right answers by ${percentText(accuracy).replace(/%$/, 'percentage points')}`}.`;
  const lines = [
    line(`Without the ${k} most doubtful rows`, removed),
    ...(relabelled === undefined ? [] : [line(`With the suggested answers in these ${k} rows`, relabelled)]),
    line(`Without ${k} random rows`, random),
  ];
  const intro = paragraph(
    `${training ?? 'The networks were trained again to see.'} Where the ${measure} changes by less than 0, the table got better.`,
  );
  return panel('verified', 'What retraining said', intro + list(lines));
}
