/** @file docs/architecture.svg: layers and folders as they are in src, and the way of an image from pixels to an LDS. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { line, rect, svgDocument, text } from '../src/experiments/pages/svg.ts';
import { MUTED, PALETTE } from '../src/experiments/pages/theme.ts';
import { FLOORS, LAYER_PURPOSES, LAYERS } from '../test/helpers/layers.ts';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const WIDTH = 1000;
const MARGIN = 12;
const TOP = 34;
/** Where the lanes begin; left of it stands what they are. */
const LEFT = 262;
const COLUMN = 144;
const BOX = { width: 134, height: 40 } as const;

/** A station on the way: what it is called there, what comes out, and the export that it is. */
export interface Station {
  readonly title: string;
  readonly result: string;
  readonly symbol: string;
  /** The folder of src that exports the symbol: that of the lane. */
  readonly folder: string;
  readonly column: number;
}

export const STATIONS = {
  data: station('prepareDigits', 'pixels → inputs', 'experiments/protocol', 0),
  training: station('Trainer', 'base network θ', 'autodiff', 0),
  curvature: station('CURVATURES', 'Q and σ of C', 'curvature', 1),
  scores: station('influenceFunction', 'score[q, i]', 'influence', 2),
  retraining: station('retrain', 'on random halves', 'experiments/protocol', 3),
  lds: station('LDS', 'rank correlation', 'influence', 3, 'linearDatamodellingScore'),
  results: station('results.json', 'one row a setting', 'experiments/better-hessians', 4, 'RESULTS_FILE'),
  pages: station('report', 'figures and tables', 'experiments/pages', 3, 'rendered'),
} as const satisfies Record<string, Station>;

function station(title: string, result: string, folder: string, column: number, symbol = title): Station {
  return { title, result, symbol, folder, column };
}

/** What a lane does for those above it, where no station stands. */
const SERVICES: Readonly<Record<string, string>> = {
  commands: 'npm start is reproduce --profile quick',
  methods: 'an experiment declares its jobs and pages',
  engine: 'each training, score and retraining is stored, and found again',
  files: 'a file appears whole or not at all',
  linalg: 'products, eigenvalues, rng(seed, name, …): the same bits in every tier of kernels',
};

const SHADES = { experiments: '#EEF4F9', library: '#F6F3EA' } as const;

interface Lane {
  readonly folders: readonly string[];
  readonly note: readonly string[];
  readonly height: number;
  readonly fill: string;
}

/** Top → bottom: imports go down. */
function lanes(): readonly Lane[] {
  const floors = FLOORS.map((floor): Lane => {
    const folders = Object.keys(floor);
    const holds = Object.values(STATIONS).some(({ folder }) =>
      folders.some((name) => folder.endsWith(`/${name}`)),
    );
    return { folders, note: [], height: holds ? 56 : 34, fill: SHADES.experiments };
  });
  const layers = LAYERS.slice(0, -1).map((layer): Lane => {
    const note = [LAYER_PURPOSES[layer], ...subfolders(layer)];
    return { folders: [layer], note, height: Math.max(56, 32 + 15 * note.length), fill: SHADES.library };
  });
  const top = {
    folders: ['experiments'],
    note: [LAYER_PURPOSES.experiments],
    height: 44,
    fill: SHADES.experiments,
  };
  return [top, ...floors.reverse(), ...layers.reverse()];
}

/** The folders of a layer, in lines that fit beside the way: ["losses/ ops/"]. */
function subfolders(layer: string): string[] {
  const rows: string[] = [];
  for (const name of foldersOf(layer)) {
    const longer = `${rows[rows.length - 1] ?? ''}  ${name}/`.trim();
    if (rows.length === 0 || longer.length > 42) rows.push(`${name}/`);
    else rows[rows.length - 1] = longer;
  }
  return rows;
}

function foldersOf(layer: string): string[] {
  const entries = readdirSync(path.join(SRC, layer), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The picture. @throws {Error} a station lies in no lane. */
export function architectureSvg(): string {
  const all = lanes();
  const tops = all.map((_, i) => TOP + all.slice(0, i).reduce((sum, { height }) => sum + height + 4, 0));
  const end = tops[tops.length - 1] + all[all.length - 1].height;
  const experiments = FLOORS.length + 1;
  const rowOf = ({ folder, title }: Station): number => {
    const row = all.findIndex(({ folders }) => folders.includes(folder.split('/').slice(-1)[0]));
    if (row < 0) throw new Error(`${title} lies in no lane: there is no folder ${folder}.`);
    return row;
  };
  const place = (at: Station) => {
    const row = rowOf(at);
    const x = LEFT + 70 + at.column * COLUMN;
    return { x, y: tops[row] + all[row].height / 2 };
  };
  const { data, training, curvature, scores, retraining, lds, results, pages } = STATIONS;
  return svgDocument(WIDTH, end + 30, [
    text(MARGIN, 22, 'src', { bold: true, size: 14 }),
    text(MARGIN + 30, 22, 'imports go down only', { colour: MUTED, size: 12 }),
    text(LEFT, 22, 'from pixels to an LDS', { bold: true, size: 14 }),
    ...all.flatMap((lane, i) => drawnLane(lane, tops[i])),
    rect(MARGIN, TOP, 4, tops[experiments] - 4 - TOP, PALETTE.blue),
    down(place(data), place(training)),
    corner(place(training), place(curvature)),
    corner(place(curvature), place(scores)),
    across(place(data), place(retraining)),
    across(place(scores), place(lds)),
    down(place(retraining), place(lds)),
    corner(place(lds), place(results)),
    corner(place(results), place(pages)),
    ...Object.values(STATIONS).flatMap((at) => drawnStation(at, place(at))),
    text(MARGIN, end + 20, 'Drawn from the source tree by npm run readme.', { colour: MUTED, size: 11 }),
  ]);
}

function drawnLane({ folders, note, height, fill }: Lane, top: number): string[] {
  const x = MARGIN + 14;
  const service = folders.map((name) => SERVICES[name]).find((words) => words !== undefined);
  const middle = top + height / 2;
  const label = folders.map((name) => `${name}/`).join('  ');
  return [
    rect(MARGIN, top, WIDTH - 2 * MARGIN, height, fill),
    text(x, note.length > 0 ? top + 20 : middle + 5, label, {
      bold: true,
      size: note.length > 0 ? 14 : 13,
    }),
    ...note.map((words, i) => text(x, top + 37 + 15 * i, words, { colour: MUTED, size: 11.5 })),
    ...(service === undefined
      ? []
      : [text(Math.max(LEFT + 84, x + 8 * label.length), middle + 4, service, { colour: MUTED, size: 12 })]),
  ];
}

function drawnStation({ title, result }: Station, { x, y }: Point): string[] {
  return [
    rect(x - BOX.width / 2, y - BOX.height / 2, BOX.width, BOX.height, '#FFFFFF', PALETTE.blue),
    text(x, y - 3, title, { bold: true, middle: true, size: 12.5 }),
    text(x, y + 12, result, { middle: true, colour: MUTED, size: 11.5 }),
  ];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A head at `to`, which a stroke reaches from above (1) or below (−1), or from the left (1) or right (−1). */
function head({ x, y }: Point, along: 'x' | 'y', sign: 1 | -1): string {
  const [tip, base] = [0, -8 * sign];
  const points =
    along === 'x'
      ? [`${x + tip},${y}`, `${x + base},${y - 4.5}`, `${x + base},${y + 4.5}`]
      : [`${x},${y + tip}`, `${x - 4.5},${y + base}`, `${x + 4.5},${y + base}`];
  return `<path d="M${points.join('L')}z" fill="${PALETTE.blue}"/>`;
}

function stroke(a: Point, b: Point): string {
  return line(a.x, a.y, b.x, b.y, PALETTE.blue, 1.5);
}

/** Straight down. */
function down(from: Point, to: Point): string {
  const tip = { x: to.x, y: to.y - BOX.height / 2 };
  return stroke({ x: from.x, y: from.y + BOX.height / 2 }, { ...tip, y: tip.y - 6 }) + head(tip, 'y', 1);
}

/** Straight to the right. */
function across(from: Point, to: Point): string {
  const tip = { x: to.x - BOX.width / 2, y: to.y };
  return stroke({ x: from.x + BOX.width / 2, y: from.y }, { ...tip, x: tip.x - 6 }) + head(tip, 'x', 1);
}

/** Sideways to the column of `to`, then up or down to it. */
function corner(from: Point, to: Point): string {
  const right = to.x > from.x ? 1 : -1;
  const falls = to.y > from.y ? 1 : -1;
  const tip = { x: to.x, y: to.y - (falls * BOX.height) / 2 };
  const bend = { x: to.x, y: from.y };
  return (
    stroke({ x: from.x + (right * BOX.width) / 2, y: from.y }, bend) +
    stroke(bend, { ...tip, y: tip.y - 6 * falls }) +
    head(tip, 'y', falls)
  );
}
