/** @file The rung of the ladder, how it is inverted, and its spectrum. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { count, number, seconds } from '../../core/format.ts';
import { PAPER_EPS, RUNG_TEXT, RUNGS, type RuleKind, type Rung } from '../../core/rungs.ts';
import type { Fitted } from '../../core/session.ts';
import type { FitState } from '../lab-state.ts';
import { Figure } from './network-panel.tsx';
import { Choice, Panel, type PanelProps } from './panel.tsx';
import { Plot, type Series } from './plot.tsx';

const RULES: readonly { value: RuleKind; label: string; note: string }[] = [
  { value: 'damped', label: '1/(σ + λ)', note: 'damped' },
  { value: 'absolute', label: '1/(|σ| + λ)', note: 'absolute' },
  { value: 'truncated', label: '1/σ where |σ| > ε', note: 'truncated' },
];

/** Decades of the slider, and its steps in each. */
const DECADES = { least: -9, most: 2 } as const;
const STEPS = 20;

/** A place of the slider as λ or ε, with three digits so that one can type it again. */
const valueAt = (place: number): number => Number((10 ** (place / STEPS)).toPrecision(3));
const placeOf = (value: number): number =>
  Math.round(STEPS * Math.min(DECADES.most, Math.max(DECADES.least, Math.log10(value))));

function noteOf(state: FitState | undefined): string {
  switch (state?.status) {
    case undefined:
      return 'too large here';
    case 'waiting':
      return 'waits';
    case 'fitting':
      return 'being fitted …';
    case 'failed':
      return 'failed';
    case 'done':
      return state.fitted?.rung === 'grad-dot' ? 'ready' : `fitted in ${seconds(state.seconds ?? 0)}`;
  }
}

export function CurvaturePanel({ lab, state }: PanelProps): JSX.Element {
  const { view, fits } = state;
  const fit = fits[view.rung];
  const options = RUNGS.map((value) => ({
    value,
    label: RUNG_TEXT[value].label,
    note: noteOf(fits[value]),
    disabled: fits[value] === undefined,
  }));
  return (
    <Panel
      id="curvature"
      title="Curvature"
      hint="Influence is ∇m(query)ᵀ C⁻¹ ∇L(example). From rung to rung, C leaves out one thing more."
    >
      <Choice
        legend="Rung of the ladder"
        name="rung"
        options={options}
        value={view.rung}
        onChange={(rung) => lab.look({ rung })}
      />
      <p class="hint">
        {RUNG_TEXT[view.rung].label}: {RUNG_TEXT[view.rung].brief}.
      </p>
      {fit?.problem !== undefined && <p class="error">{fit.problem}</p>}
      {view.rung !== 'grad-dot' && fit?.fitted !== undefined && (
        <Inverse lab={lab} state={state} fitted={fit.fitted} />
      )}
    </Panel>
  );
}

function Inverse({ lab, state, fitted }: PanelProps & { fitted: Fitted }): JSX.Element {
  const { view, scored } = state;
  const automatic = view.rule === 'truncated' ? PAPER_EPS : fitted.automatic;
  const value = view.value === 'auto' ? automatic : view.value;
  const symbol = view.rule === 'truncated' ? 'ε' : 'λ';
  const result = scored?.request.rung === view.rung ? scored.result : undefined;
  return (
    <>
      <div class="row">
        <Choice
          legend="How it is inverted"
          name="rule"
          options={RULES}
          value={view.rule}
          onChange={(rule) => lab.look({ rule, value: 'auto' })}
        />
        <label class="field slider">
          <span>
            {symbol} = <output data-testid="value">{number(value)}</output>
            {view.value === 'auto' && ' (automatic)'}
          </span>
          <input
            type="range"
            min={STEPS * DECADES.least}
            max={STEPS * DECADES.most}
            step={1}
            value={placeOf(value)}
            aria-label={symbol === 'λ' ? 'Damping λ' : 'Cut-off ε'}
            aria-valuetext={number(value)}
            onInput={({ currentTarget }) => lab.look({ value: valueAt(Number(currentTarget.value)) })}
          />
        </label>
        <button type="button" disabled={view.value === 'auto'} onClick={() => lab.look({ value: 'auto' })}>
          Automatic
        </button>
      </div>
      <Spectrum rung={view.rung} spectrum={fitted.spectrum} symbol={symbol} value={value} />
      {result !== undefined && (
        <dl class="figures" data-testid="spectrum-figures">
          <Figure name="eigenvalues" value={count(fitted.spectrum.length)} />
          <Figure name="inverted" value={count(result.rank)} />
          <Figure name="of them negative" value={count(result.negative)} />
          <Figure name="directions that count, Σ σ f(σ)" value={number(result.effective)} />
        </dl>
      )}
    </>
  );
}

const LINES: readonly Series[] = [
  { label: 'σ > 0', colour: '--blue', kind: 'line' },
  { label: '−σ, where σ < 0', colour: '--vermilion', kind: 'line' },
  { label: 'λ or ε', colour: '--ink', kind: 'line', dashed: true },
];

/** Eigenvalues of less than this share of the largest are rounding. */
const SEEN = 1e-12;

function Spectrum({
  rung,
  spectrum,
  symbol,
  value,
}: {
  rung: Rung;
  spectrum: Float64Array;
  symbol: string;
  value: number;
}): JSX.Element {
  const data = useMemo(() => {
    const sizes = Array.from(spectrum).sort((a, b) => Math.abs(b) - Math.abs(a));
    const least = SEEN * Math.abs(sizes[0]);
    return {
      x: sizes.map((_, i) => i + 1),
      positive: sizes.map((sigma) => (sigma > least ? sigma : null)),
      negative: sizes.map((sigma) => (sigma < -least ? -sigma : null)),
    };
  }, [spectrum]);
  const all = useMemo(() => [data.x, data.positive, data.negative, data.x.map(() => value)], [data, value]);
  return (
    <Plot
      description={`Eigenvalues of the ${RUNG_TEXT[rung].label}, largest first; the dashed line is ${symbol}`}
      file={`spectrum-${rung}`}
      x="rank"
      y="|σ|"
      series={LINES}
      data={all}
      logarithmic
    />
  );
}
