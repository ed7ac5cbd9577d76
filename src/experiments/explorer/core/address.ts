/** @file What one sees as the part of the address behind #, and back. */
import { ACTIVATIONS } from '../../../autodiff/index.ts';
import { MEASUREMENTS, type Measurement } from '../../../influence/index.ts';
import { DEFAULT_PLANE, type PlaneChoice, readPlane, writePlane } from './plane-settings.ts';
import { RUNGS, type RuleKind, type Rung } from './rungs.ts';
import { DEFAULT_SETTINGS, isSetting, SETTING_RANGES, type Settings } from './settings.ts';

/** What one looks at. */
export const VIEWS = ['data', 'plane'] as const;

/** What a person has chosen, apart from files of their own, which no address can hold. */
export interface View {
  readonly view: (typeof VIEWS)[number];
  /** Digits: training starts by itself. */
  readonly data: 'none' | 'digits' | 'own';
  readonly settings: Settings;
  readonly query: number;
  readonly rung: Rung;
  readonly rule: RuleKind;
  /** λ or ε. */
  readonly value: number | 'auto';
  readonly measurement: Measurement;
  /** Training examples taken away, ascending. */
  readonly removed: readonly number[];
  readonly plane: PlaneChoice;
}

/** Before anything is chosen. */
export const DEFAULT_VIEW: View = {
  view: 'data',
  data: 'none',
  settings: DEFAULT_SETTINGS,
  query: 0,
  rung: 'ekfac',
  rule: 'damped',
  value: 'auto',
  measurement: 'loss',
  removed: [],
  plane: DEFAULT_PLANE,
};

const RULES: readonly RuleKind[] = ['damped', 'truncated', 'absolute'];
/** Examples that an address may name. */
const MOST_REMOVED = 500;
const NUMBERS = Object.keys(SETTING_RANGES) as (keyof typeof SETTING_RANGES)[];

/** The choices that differ from the default, as "data=digits&rung=kfac". */
export function writeAddress(view: View): string {
  const out = new URLSearchParams();
  const put = (name: string, value: string | number, usual: string | number): void => {
    if (value !== usual) out.set(name, String(value));
  };
  put('view', view.view, DEFAULT_VIEW.view);
  put('data', view.data === 'own' ? 'none' : view.data, DEFAULT_VIEW.data);
  for (const name of NUMBERS) put(name, view.settings[name], DEFAULT_SETTINGS[name]);
  put('activation', view.settings.activation, DEFAULT_SETTINGS.activation);
  put('query', view.query, DEFAULT_VIEW.query);
  put('rung', view.rung, DEFAULT_VIEW.rung);
  put('rule', view.rule, DEFAULT_VIEW.rule);
  put('value', view.value, DEFAULT_VIEW.value);
  put('measurement', view.measurement, DEFAULT_VIEW.measurement);
  put('plane', writePlane(view.plane), writePlane(DEFAULT_PLANE));
  if (view.removed.length > 0 && view.removed.length <= MOST_REMOVED)
    out.set('without', view.removed.join('.'));
  return out.toString();
}

/** The choices of an address. What cannot be read is as by default: an address comes from anywhere. */
export function readAddress(hash: string): View {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const oneOf = <T extends string>(name: string, list: readonly T[], usual: T): T => {
    const value = given.get(name) as T | null;
    return value !== null && list.includes(value) ? value : usual;
  };
  const settings: Record<string, number> = {};
  for (const name of NUMBERS) {
    const text = given.get(name);
    const value = text === null || text.trim() === '' ? Number.NaN : Number(text);
    settings[name] = isSetting(name, value) ? value : DEFAULT_SETTINGS[name];
  }
  const activation = oneOf('activation', ACTIVATIONS, DEFAULT_SETTINGS.activation);
  const query = Number(given.get('query') ?? 0);
  const value = Number(given.get('value') ?? 'auto');
  const removed = (given.get('without') ?? '')
    .split('.')
    .filter((text) => /^\d{1,6}$/.test(text))
    .map(Number);
  return {
    view: oneOf('view', VIEWS, DEFAULT_VIEW.view),
    data: oneOf('data', ['none', 'digits'], DEFAULT_VIEW.data),
    settings: { ...DEFAULT_SETTINGS, ...settings, activation },
    query: Number.isInteger(query) && query >= 0 && query < 1e6 ? query : DEFAULT_VIEW.query,
    rung: oneOf('rung', RUNGS, DEFAULT_VIEW.rung),
    rule: oneOf('rule', RULES, DEFAULT_VIEW.rule),
    value: value > 0 && value < 1e12 ? value : 'auto',
    measurement: oneOf('measurement', MEASUREMENTS, DEFAULT_VIEW.measurement),
    removed: [...new Set(removed)].sort((a, b) => a - b).slice(0, MOST_REMOVED),
    plane: readPlane(given.get('plane')),
  };
}
