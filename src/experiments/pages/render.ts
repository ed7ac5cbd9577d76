/** @file Vega-Lite specifications to SVG text, without a browser. */

import * as vega from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';
import { escapeXml } from './escape.ts';
import { CONFIG, FONT } from './theme.ts';

/** A figure: its file name without ending, what it shows in words, and its SVG. */
export interface Figure {
  readonly name: string;
  readonly caption: string;
  /** What a reader who cannot see it should know. */
  readonly alt: string;
  readonly svg: string;
}

/** A figure before it is rendered; without `alt`, the caption says it. */
export interface Drawing extends Pick<Figure, 'name' | 'caption'> {
  readonly alt?: string;
  readonly spec: TopLevelSpec;
}

/** Those of the drawings that have something to show. */
export function rendered(
  drawings: readonly (Omit<Drawing, 'spec'> & { readonly spec: TopLevelSpec | undefined })[],
): Promise<Figure[]> {
  return Promise.all(
    drawings.flatMap(({ spec, name, caption, alt = caption }) =>
      spec === undefined ? [] : [renderSvg(spec).then((svg) => ({ name, caption, alt, svg }))],
    ),
  );
}

/** The SVG of a specification. The same specification gives the same text. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const config = vega.mergeConfig(CONFIG, spec.config ?? {}) as Config;
  const compiled = compile({ ...spec, config }, { logger: silent() }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: silent() });
  try {
    return compact(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Attributes that change nothing in a picture with one label of its own. */
const IDLE = / (?:(?:class|role|aria-[a-z]+|pointer-events)="[^"]*"|opacity="1")/g;
const EMPTY = /<path d="(?:M0,0h0v0h0Z)?"[^>]*\/>/g;
const FAMILY = ` font-family="${FONT}"`;

/** Vega's SVG in about half the bytes: two decimals of a pixel, the font once, nothing that draws nothing. */
export function compact(svg: string): string {
  const tags = svg.replace(/<[^>]*>/g, (tag) =>
    tag
      .replace(IDLE, '')
      .replaceAll(FAMILY, '')
      .replace(/-?\d+\.\d{3,}(?:e-\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100)),
  );
  return tags.replace(EMPTY, '').replace('<svg ', `<svg${FAMILY} `);
}

/** The SVG as one picture with a label. */
export function accessible(svg: string, alt: string): string {
  return svg.replace('<svg ', `<svg role="img" aria-label="${escapeXml(alt)}" `);
}

/** A figure must not print; a specification that Vega warns about is caught by the tests. */
function silent(): vega.LoggerInterface {
  const logger: vega.LoggerInterface = vega.logger(vega.None);
  return logger;
}
