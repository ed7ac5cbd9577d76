/** Every figure by its marks: where they stand is computed from the data by another way than the figure's own. */
import { beforeAll, describe, expect, test } from 'vitest';
import { relativeImports, sourceFiles } from '../helpers/sources.ts';
import { readPanels } from '../helpers/svg-figure.ts';
import { FIGURE_CHECKS, type FigureCheck, type Mark } from './figure-checks.ts';
import { drawAll, type FigureData, figureData } from './figure-data.ts';

/** Ticks stand on whole pixels, the scale between two of them is a pixel off at most. */
const PIXELS = 1.5;

let data: FigureData;
let figures: Map<string, string>;
beforeAll(async () => {
  data = figureData();
  figures = await drawAll(data);
}, 120_000);

/** The marks of a figure that are not where the data put them. */
function astray({ marks }: FigureCheck, name: string, shown: FigureData): Mark[] {
  const svg = figures.get(name) ?? '';
  const all = marks({ name, svg, panels: readPanels(svg) }, shown);
  expect(all.length).toBeGreaterThan(3);
  return all.filter(([, found, expected]) => !(Math.abs((found ?? Number.NaN) - expected) < PIXELS));
}

function namesOf({ names }: FigureCheck): string[] {
  return [...figures.keys()].filter((name) => names.test(name));
}

describe('every figure has a check', () => {
  test('each that the experiments write, exactly one', () => {
    expect(figures.size).toBeGreaterThan(60);
    for (const name of figures.keys())
      expect(
        FIGURE_CHECKS.filter(({ names }) => names.test(name)).map(({ names }) => String(names)),
        name,
      ).toHaveLength(1);
  });

  test('each source that draws', () => {
    const drawing = sourceFiles('src/experiments')
      .filter((file) => !file.startsWith('src/experiments/pages/'))
      .filter((file) =>
        relativeImports(file).some((target) => /\/pages\/(?:chart|svg|pareto)\.ts$/.test(target)),
      )
      .map((file) => file.slice('src/experiments/'.length))
      .filter((file) => file !== 'better-hessians/figures/method-marks.ts'); // colours only
    expect([...new Set(FIGURE_CHECKS.map(({ file }) => file))].sort()).toEqual(drawing.sort());
  });
});

test.each(FIGURE_CHECKS)('$names: the marks stand where the data put them', (check) => {
  expect(namesOf(check).length).toBeGreaterThan(0);
  for (const name of namesOf(check)) expect(astray(check, name, data), name).toEqual([]);
});

test.each(FIGURE_CHECKS.filter(({ mixUp }) => mixUp !== undefined))(
  '$names: and not where they would with the data of two series exchanged',
  (check) => {
    const mixed = structuredClone(data);
    check.mixUp?.(mixed);
    for (const name of namesOf(check)) expect(astray(check, name, mixed).length, name).toBeGreaterThan(0);
  },
);
