/** @file What a person chooses in the plane, and how it stands in an address. */
import { LADDER, type LadderKind } from '../../../curvature/ladder.ts';

/** What the plane is drawn over: [−SPAN, SPAN]². */
export const SPAN = 2.6;

/**
 * w of the L2 penalty ½ w ‖θ‖² of its training. At the minimum of loss and penalty, (H + wI)⁻¹ is the exact first-order answer to leaving an
 * example out, so λ = w is what scores are damped with unless a person says otherwise.
 */
export const PENALTY = 0.01;

/** The points and the network. */
export interface PlaneSettings {
  readonly points: number;
  /** Standard deviation around the two half circles. */
  readonly noise: number;
  /** Points with the other label. */
  readonly flips: number;
  readonly width: number;
  readonly seed: number;
}

/** What each may be. */
export const PLANE_RANGES = {
  points: { least: 10, most: 200, step: 2, label: 'Points' },
  flips: { least: 0, most: 10, step: 1, label: 'Wrong labels' },
  noise: { least: 0, most: 1, step: 'any', label: 'Noise' },
  width: { least: 1, most: 16, step: 1, label: 'Hidden units' },
  seed: { least: 0, most: 1e6, step: 1, label: 'Seed' },
} as const;

/** A place that somebody asks about, with the label that it would have. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

/** All that is chosen. */
export interface PlaneChoice {
  readonly settings: PlaneSettings;
  readonly place: Place;
  readonly lambda: number;
  /** The rung that stands beside the Hessian. */
  readonly rung: LadderKind;
}

/** What the plane shows at first. */
export const DEFAULT_PLANE: PlaneChoice = {
  settings: { points: 60, noise: 0.18, flips: 3, width: 6, seed: 0 },
  place: { x: 0.4, y: 0.9, label: 0 },
  lambda: PENALTY,
  rung: 'kfac',
};

const NAMES = Object.keys(PLANE_RANGES) as (keyof typeof PLANE_RANGES)[];
/** λ at most. */
const MOST_DAMPING = 10;

/** "60_3_0.18_6_0_0.4_0.9_0_0.01_kfac": settings in the order of their table, place, label, λ, rung. */
export function writePlane({ settings, place, lambda, rung }: PlaneChoice): string {
  const numbers = [...NAMES.map((name) => settings[name]), place.x, place.y, place.label, lambda];
  return [...numbers.map((value) => Number(value.toPrecision(4))), rung].join('_');
}

/** The choice in an address; the default where any of it cannot be meant. */
export function readPlane(text: string | null): PlaneChoice {
  const parts = (text ?? '').split('_');
  const rung = LADDER.find((one) => one === parts.at(-1));
  const numbers = parts.slice(0, -1).map((part) => (part === '' ? Number.NaN : Number(part)));
  if (rung === undefined || numbers.length !== NAMES.length + 4) return DEFAULT_PLANE;
  const settings = Object.fromEntries(NAMES.map((name, k) => [name, numbers[k]])) as unknown as PlaneSettings;
  const good = NAMES.every((name) => {
    const { least, most, step } = PLANE_RANGES[name];
    const value = settings[name];
    return value >= least && value <= most && (step === 'any' || Number.isInteger((value - least) / step));
  });
  const [x, y, label, lambda] = numbers.slice(NAMES.length);
  const within = Math.abs(x) <= SPAN && Math.abs(y) <= SPAN && (label === 0 || label === 1);
  if (!good || !within || !(lambda >= PENALTY && lambda <= MOST_DAMPING)) return DEFAULT_PLANE;
  return { settings, place: { x, y, label }, lambda, rung };
}
