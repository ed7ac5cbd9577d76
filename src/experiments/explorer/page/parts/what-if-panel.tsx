/** @file Examples taken away, trained again, and the change that was predicted beside the one that came. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { csv, number, signed } from '../../core/format.ts';
import { RUNG_TEXT } from '../../core/rungs.ts';
import { download } from '../download.ts';
import type { WhatIf } from '../lab-state.ts';
import { Figure } from './network-panel.tsx';
import { NumberField, Panel, type PanelProps } from './panel.tsx';
import { Plot, type Series } from './plot.tsx';
import { answerText } from './thumb.tsx';

const SCATTER: readonly Series[] = [
  { label: 'query', colour: '--blue', kind: 'points' },
  { label: 'as predicted', colour: '--ink', kind: 'line', dashed: true },
];

export function WhatIfPanel({ lab, state }: PanelProps): JSX.Element | null {
  const { opened, view, whatIf, work } = state;
  const [networks, setNetworks] = useState(5);
  if (opened === undefined) return null;
  return (
    <Panel
      id="what-if"
      title="What if they were away?"
      hint="Networks are trained again with and without the ticked examples, from the same seeds."
    >
      {view.removed.length === 0 ? (
        <p class="hint">Nothing is ticked yet.</p>
      ) : (
        <ul class="chips" aria-label="Taken away">
          {view.removed.slice(0, 40).map((index) => (
            <li key={index}>
              <button type="button" onClick={() => lab.toggle(index)}>
                {opened.train.titles[index]}: <b>{answerText(opened, opened.train, index)}</b>
                <span aria-hidden="true"> ×</span>
                <span class="unseen">, put back</span>
              </button>
            </li>
          ))}
          {view.removed.length > 40 && <li>and {view.removed.length - 40} more</li>}
        </ul>
      )}
      <div class="row fields">
        <NumberField label="Networks" value={networks} least={1} most={50} step={1} onChange={setNetworks} />
        <button
          type="button"
          disabled={view.removed.length === 0 || work !== undefined}
          onClick={() => void lab.retrain(networks)}
        >
          Retrain without them
        </button>
        {view.removed.length > 0 && (
          <button type="button" onClick={() => lab.look({ removed: [] })}>
            Put all back
          </button>
        )}
      </div>
      {whatIf !== undefined && <Outcome whatIf={whatIf} titles={opened.query.titles} />}
    </Panel>
  );
}

function Outcome({ whatIf, titles }: { whatIf: WhatIf; titles: readonly string[] }): JSX.Element {
  const { request, removed, networks, predicted, realised, all } = whatIf;
  const data = useMemo(() => {
    const order = [...all.predicted.keys()].sort((a, b) => all.predicted[a] - all.predicted[b]);
    const x = order.map((q) => all.predicted[q]);
    return [x, order.map((q) => all.realised[q]), x];
  }, [all]);
  const name = request.measurement.replace('-', ' ');
  return (
    <>
      <dl class="figures" data-testid="what-if">
        <Figure
          name={`${name} of ${titles[request.query]}, predicted by ${RUNG_TEXT[request.rung].label}`}
          value={signed(predicted)}
        />
        <Figure
          name={`realised, ${networks} ${networks === 1 ? 'network' : 'networks'} (95 %)`}
          value={`${signed(realised.mean)}${Number.isNaN(realised.half) ? '' : ` ± ${number(realised.half, 2)}`}`}
        />
        <Figure name="rank correlation over all queries" value={number(all.rank, 3)} />
      </dl>
      <Plot
        description={`Change of the ${name} of every query without ${removed.length} ${removed.length === 1 ? 'example' : 'examples'}: realised over predicted`}
        file="predicted-realised"
        x="predicted"
        y="realised"
        series={SCATTER}
        data={data}
        height={260}
      />
      <button
        type="button"
        onClick={() =>
          download(
            'predicted-realised.csv',
            csv(
              ['query', 'predicted', 'realised'],
              titles.map((title, q) => [title, all.predicted[q], all.realised[q]]),
            ),
            'text/csv',
          )
        }
      >
        As CSV
      </button>
    </>
  );
}
