/** @file Which example is asked about. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { number } from '../../core/format.ts';
import { Choice, Panel, type PanelProps } from './panel.tsx';
import { answerText, Thumb } from './thumb.tsx';

const PAGE = 24;
const ORDERS = [
  { value: 'file', label: 'as they come' },
  { value: 'loss', label: 'worst first' },
] as const;

export function QueryPanel({ lab, state }: PanelProps): JSX.Element | null {
  const { opened, trained, view } = state;
  const [order, setOrder] = useState<'file' | 'loss'>('file');
  const [page, setPage] = useState(0);
  const losses = trained?.losses;
  const queries = useMemo(() => {
    const all = Array.from({ length: losses?.length ?? 0 }, (_, q) => q);
    return order === 'loss' && losses !== undefined ? all.sort((a, b) => losses[b] - losses[a]) : all;
  }, [order, losses]);
  if (opened === undefined || trained === undefined) return null;
  const pages = Math.ceil(queries.length / PAGE);
  const shown = queries.slice(page * PAGE, (page + 1) * PAGE);
  return (
    <Panel
      id="query"
      title="Query"
      hint="An example that the network was not trained on. Whose influence on it is asked for?"
    >
      <div class="row">
        <Choice
          legend="Order"
          name="order"
          options={ORDERS}
          value={order}
          onChange={(value) => {
            setOrder(value);
            setPage(0);
          }}
        />
        <div class="pager">
          <button type="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous
          </button>
          <span>
            {page + 1} of {pages}
          </span>
          <button type="button" disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
            Next
          </button>
        </div>
      </div>
      <fieldset class={opened.size === undefined ? 'grid wide' : 'grid'}>
        <legend class="unseen">Queries</legend>
        {shown.map((q) => (
          <label key={q} data-checked={q === view.query} title={opened.query.titles[q]}>
            <input
              type="radio"
              name="query"
              class="unseen"
              checked={q === view.query}
              onChange={() => lab.look({ query: q })}
            />
            <Thumb set={opened.query} size={opened.size} index={q} />
            <span>
              <span class="unseen">{opened.query.titles[q]}, </span>
              {opened.size === undefined && `${opened.query.titles[q]}: `}
              {answerText(opened, opened.query, q)}
              {trained.losses[q] > 1 && <b title="a high loss"> !</b>}
            </span>
          </label>
        ))}
      </fieldset>
      <QueryFacts lab={lab} state={state} />
    </Panel>
  );
}

/** What the network says of the query. */
function QueryFacts({ lab, state }: PanelProps): JSX.Element | null {
  const { opened, trained, view } = state;
  if (opened === undefined || trained === undefined) return null;
  const q = view.query;
  const width = trained.outputs.length / trained.losses.length;
  const outputs = trained.outputs.subarray(q * width, (q + 1) * width);
  const cells = opened.query.cells?.[q];
  return (
    <div class="facts">
      <p data-testid="query-facts">
        <strong>{opened.query.titles[q]}</strong>: {answerText(opened, opened.query, q)}; the network says{' '}
        {opened.answers.kind === 'classes'
          ? mostLikely(outputs, opened.answers.names)
          : `${number(outputs[0])} (standardised)`}
        ; loss {number(trained.losses[q])}.
      </p>
      {opened.measurements.length > 1 && (
        <Choice
          legend="What is measured on it"
          name="measurement"
          options={opened.measurements.map((value) => ({ value, label: value.replace('-', ' ') }))}
          value={view.measurement}
          onChange={(measurement) => lab.look({ measurement })}
        />
      )}
      {cells !== undefined && (
        <details>
          <summary>Its cells</summary>
          <dl class="cells">
            {opened.columns?.map((name, j) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{cells[j]}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}

/** The two most likely classes with their probabilities. */
function mostLikely(outputs: Float64Array, names: readonly string[]): string {
  const most = outputs.reduce((a, b) => Math.max(a, b));
  const weights = outputs.map((u) => Math.exp(u - most));
  const total = weights.reduce((a, b) => a + b);
  return [...weights.keys()]
    .sort((a, b) => weights[b] - weights[a])
    .slice(0, 2)
    .map((c) => `${names[c]} (${((100 * weights[c]) / total).toFixed(1)} %)`)
    .join(', ');
}
