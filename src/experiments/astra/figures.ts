/** @file Figures. */
import type { TopLevelSpec } from 'vega-lite';
import type { SettingAstra } from './astra-results.ts';
export function astraFigures(_: SettingAstra): { name: string; spec: TopLevelSpec }[] {
  return [];
}
