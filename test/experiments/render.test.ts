/** Vega's SVG made smaller: the same picture. */
import { expect, test } from 'vitest';
import { accessible, compact } from '../../src/experiments/pages/render.ts';
import { FONT } from '../../src/experiments/pages/theme.ts';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="20.00000001"><g class="mark" role="graphics-symbol" aria-label="a &gt; b">' +
  '<path aria-hidden="true" d="M0,0h0v0h0Z" pointer-events="none"/><path class="foreground" d="" display="none"/>' +
  `<path d="M1.23456,-7.0000000001L1e-7,3" opacity="1"/><text font-family="${FONT}" opacity="0.5">λ = 0.000123</text></g></svg>`;

test('keeps what is drawn, rounds places, and leaves text as it is', () => {
  expect(compact(SVG)).toBe(
    `<svg font-family="${FONT}" xmlns="http://www.w3.org/2000/svg" width="20"><g>` +
      '<path d="M1.23,-7L1e-7,3"/><text opacity="0.5">λ = 0.000123</text></g></svg>',
  );
});

test('the label is escaped and stands on the picture itself', () => {
  expect(accessible('<svg width="1"><svg/></svg>', 'a "b" < c')).toBe(
    '<svg role="img" aria-label="a &quot;b&quot; &lt; c" width="1"><svg/></svg>',
  );
});
