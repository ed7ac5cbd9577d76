/** @file What a worker of the page does, by name; the page and the tests call it alike. */
import {
  groupEffect,
  type Measurement,
  type QueryOutcomes,
  type RetrainingBank,
  spearman,
} from '../../../influence/index.ts';
import { commandFiles, type Files } from './archive.ts';
import { breathe, type Control } from './control.ts';
import { digitsExamples } from './digits-examples.ts';
import { type Answers, type Examples, ExplorerError, type Pictures } from './examples.ts';
import { type DroppedPicture, pictureExamples } from './picture-examples.ts';
import { type PlaceInfluence, Plane, type PlaneTrained } from './plane.ts';
import type { PlaneSettings } from './plane-settings.ts';
import { ceilingOf, effectOf, ldsOf, Retrainer, type Retraining, type RungLds } from './retraining.ts';
import type { RuleChoice, Rung } from './rungs.ts';
import { type Fitted, measurementsOf, type QueryScores, Session, type Trained } from './session.ts';
import { type Sets, splitSets } from './sets.ts';
import type { Settings } from './settings.ts';
import { type TableSource, tableColumns, tableExamples } from './table-examples.ts';

/** Where examples come from. */
export type Source =
  | { readonly kind: 'digits'; readonly csv: Uint8Array }
  | ({ readonly kind: 'table' } & TableSource)
  | { readonly kind: 'pictures'; readonly side: number; readonly pictures: readonly DroppedPicture[] };

/** Examples of one of the sets, as the page shows them. */
export interface ShownSet {
  readonly titles: readonly string[];
  /** Class of each, or its number. */
  readonly answers: Int32Array | Float64Array;
  /** [examples, height × width]. */
  readonly pixels?: Uint8Array;
  readonly cells?: readonly (readonly string[])[];
}

/** What was read. */
export interface Opened {
  readonly name: string;
  readonly told: readonly string[];
  readonly answers: { readonly kind: Answers['kind']; readonly names: readonly string[] };
  readonly size: Pick<Pictures, 'width' | 'height'> | undefined;
  readonly columns: readonly string[] | undefined;
  readonly features: number;
  readonly leftOut: number;
  readonly train: ShownSet;
  readonly query: ShownSet;
  readonly measurements: readonly Measurement[];
}

/** Scores that are asked for. */
export interface ScoresRequest {
  readonly query: number;
  readonly rung: Rung;
  readonly rule: RuleChoice;
  readonly measurement: Measurement;
}

/** The LDS of a rung, or why it has none. */
export interface LadderLds {
  readonly rungs: readonly { readonly rung: Rung; readonly lds?: RungLds; readonly problem?: string }[];
  readonly ceiling: number | undefined;
}

/** A source as examples. @throws {ExplorerError} | {CommandError} it cannot be read. */
export function examplesOf(source: Source): Examples {
  switch (source.kind) {
    case 'digits':
      return digitsExamples(source.csv);
    case 'table':
      return tableExamples(source);
    case 'pictures':
      return pictureExamples(source.pictures, source.side);
  }
}

/** One set of examples as the page shows it. */
function shown({ titles, pictures, cells, answers }: Examples, rows: Int32Array): ShownSet {
  const size = pictures === undefined ? 0 : pictures.width * pictures.height;
  const pixels = new Uint8Array(rows.length * size);
  if (pictures !== undefined)
    for (const [to, from] of rows.entries())
      pixels.set(pictures.pixels.subarray(from * size, (from + 1) * size), to * size);
  return {
    titles: Array.from(rows, titles),
    answers:
      answers.kind === 'classes'
        ? Int32Array.from(rows, (i) => answers.labels[i])
        : Float64Array.from(rows, (i) => answers.values[i]),
    ...(pictures === undefined ? {} : { pixels }),
    ...(cells === undefined ? {} : { cells: Array.from(rows, (i) => cells.rows[i]) }),
  };
}

/** The work of one worker. */
export class Service {
  private sets: Sets | undefined;
  private session: Session | undefined;
  private retrainer: Retrainer | undefined;
  private plane: Plane | undefined;

  /** Names of a table's columns, and which of them is likely to be predicted. */
  async columns(source: TableSource): Promise<ReturnType<typeof tableColumns>> {
    return tableColumns(source);
  }

  /** Reads, splits and scales. */
  async open(source: Source): Promise<Opened> {
    const examples = examplesOf(source);
    const sets = splitSets(examples);
    this.sets = sets;
    this.session = undefined;
    this.retrainer = undefined;
    const { answers, pictures } = examples;
    return {
      name: examples.name,
      told: examples.told,
      answers: { kind: answers.kind, names: answers.kind === 'classes' ? answers.names : [answers.name] },
      size: pictures,
      columns: examples.cells?.columns,
      features: examples.inputs.cols,
      leftOut: sets.leftOut,
      train: shown(examples, sets.positions.train),
      query: shown(examples, sets.positions.query),
      measurements: measurementsOf(sets),
    };
  }

  async train(settings: Settings, control: Control): Promise<Trained> {
    this.session = new Session(this.opened(), settings);
    return this.session.train(control);
  }

  async fit({ rung }: { rung: Rung }): Promise<Fitted> {
    return this.trained().fit(rung);
  }

  async scores({ query, rung, rule, measurement }: ScoresRequest): Promise<QueryScores> {
    return this.trained().scores(query, rung, rule, measurement);
  }

  /** By every rung that is fitted. */
  async ladder(
    { query, rule, measurement }: Omit<ScoresRequest, 'rung'>,
    control: Control,
  ): Promise<{ rung: Rung; scores: Float64Array; problem?: string }[]> {
    return this.trained().ladder(query, rule, measurement, control);
  }

  async files({ rung, rule, measurement }: Omit<ScoresRequest, 'query'>): Promise<Files> {
    return commandFiles(this.trained(), rung, rule, measurement);
  }

  /** The LDS of every rung by a complete bank; curvatures that are missing are fitted. */
  async lds(
    { bank, rule, measurement }: { bank: RetrainingBank; rule: RuleChoice; measurement: Measurement },
    control: Control,
  ): Promise<LadderLds> {
    const session = this.trained();
    const { rungs } = session;
    const out: { rung: Rung; lds?: RungLds; problem?: string }[] = [];
    for (const [i, rung] of rungs.entries()) {
      try {
        const { score } = session.scorer(rung, rule, measurement);
        out.push({ rung, lds: ldsOf(score(session.sets.query), bank, measurement) });
      } catch (error) {
        out.push({ rung, problem: (error as Error).message });
      }
      control.progress((i + 1) / rungs.length);
      await breathe(control);
    }
    return { rungs: out, ceiling: ceilingOf(bank, measurement) };
  }

  /** Trains networks again, and measures each on every query. */
  async retrain(
    { settings, jobs }: { settings: Settings; jobs: readonly Retraining[] },
    control: Control,
  ): Promise<QueryOutcomes[]> {
    this.retrainer ??= new Retrainer(this.opened(), settings);
    const out: QueryOutcomes[] = [];
    for (const job of jobs) {
      out.push(this.retrainer.run(job));
      control.progress(out.length / jobs.length);
      await breathe(control);
    }
    return out;
  }

  /** The change that leaving examples out is predicted to make on every query, and the mean one that it made. */
  async effects({
    rung,
    rule,
    measurement,
    removed,
    before,
    after,
  }: Omit<ScoresRequest, 'query'> & {
    removed: Int32Array;
    before: readonly QueryOutcomes[];
    after: readonly QueryOutcomes[];
  }): Promise<{ predicted: Float64Array; realised: Float64Array; rank: number }> {
    const session = this.trained();
    const { score } = session.scorer(rung, rule, measurement);
    const predicted = groupEffect(score(session.sets.query), removed);
    const realised = predicted.map(
      (_, q) =>
        before.reduce((sum, one, r) => sum + effectOf(one, after[r], measurement, q), 0) / before.length,
    );
    return { predicted, realised, rank: spearman(predicted, realised) };
  }

  async planeStart(settings: PlaneSettings): Promise<PlaneTrained> {
    this.plane = new Plane(settings);
    return this.plane.describe();
  }

  async planePlace(at: { x: number; y: number; label: number; lambda: number }): Promise<PlaceInfluence> {
    return this.onPlane().place(at.x, at.y, at.label, at.lambda);
  }

  async planeLeaveOut(_: object, control: Control): Promise<void> {
    return this.onPlane().leaveOut(control);
  }

  private opened(): Sets {
    if (this.sets === undefined) throw new ExplorerError('choose data first.');
    return this.sets;
  }

  private trained(): Session {
    if (this.session === undefined) throw new ExplorerError('train the network first.');
    return this.session;
  }

  private onPlane(): Plane {
    if (this.plane === undefined) throw new ExplorerError('the plane has not been made.');
    return this.plane;
  }
}

/** What can be asked of a worker. */
export type Operation = 'columns' | 'open' | 'train' | 'fit' | 'scores' | 'ladder' | 'files' | 'lds' | 'effects' | 'retrain' | 'planeStart' | 'planePlace' | 'planeLeaveOut'; // biome-ignore format: one list
