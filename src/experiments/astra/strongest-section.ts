/** @file What helped and harmed, as a section of the page. */
import { percent } from '../judging/table.ts';
import { type Columns, markdown } from '../pages/table.ts';
import type { SettingAstra, Strongest } from './astra-results.ts';

/** None without pictures. */
export function strongestSection({ name, strongest }: SettingAstra): string[] {
  if (strongest === undefined) return [];
  const { among, toned, methods, chance } = strongest;
  const rows = [...methods, { label: 'chance', models: 0, kin: chance }];
  return [
    `## ${name}: what helped`,
    '',
    `![The first query of each category with what helped and harmed it most](figures/${name}-astra-strongest.svg)`,
    '',
    '*The first query of each category that is among them, with the training drawings whose presence raised its margin most (left), and lowered it most (right), by the scores averaged over base models.*',
    '',
    `Whether the ${among} drawings that helped a query most are its kin: of its category, mean over queries; and for the ${toned} queries whose own drawing is among the training examples in other skin tones, the share of these that are among the ${among}.`,
    '',
    ...markdown(COLUMNS, rows),
    '',
  ];
}

const COLUMNS: Columns<Pick<Strongest['methods'][number], 'label' | 'models' | 'kin'>> = {
  method: ({ label }) => label,
  models: ({ models }) => (models === 0 ? '' : models),
  'in its category': ({ kin }) => percent(kin.category),
  'its own drawing in other tones': ({ kin }) => (kin.tones === null ? '' : percent(kin.tones)),
};
