/** @file Who helped and who harmed the query. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { count, csv, number, signed } from '../../core/format.ts';
import { ends, likeness, type Ranked } from '../../core/ranking.ts';
import { RUNG_TEXT } from '../../core/rungs.ts';
import { download } from '../download.ts';
import type { LabState } from '../lab-state.ts';
import { Panel, type PanelProps } from './panel.tsx';
import { answerText, Thumb } from './thumb.tsx';

const SHOWN = 10;
/** Of each end, for comparing rungs. */
const COMPARED = 20;

export function InfluencePanel({ lab, state }: PanelProps): JSX.Element | null {
  const { scored, opened, view } = state;
  const [busy, setBusy] = useState(false);
  const lists = useMemo(
    () => (scored === undefined ? undefined : ends(scored.result.scores, SHOWN, scored.request.measurement)),
    [scored],
  );
  if (opened === undefined || scored === undefined || lists === undefined) return null;
  const { rung, query, measurement } = scored.request;
  const archive = async (): Promise<void> => {
    setBusy(true);
    const bytes = await lab.archive();
    setBusy(false);
    if (bytes !== undefined) download('eigenfluence.zip', bytes as BlobPart, 'application/zip');
  };
  const title = opened.query.titles[query];
  return (
    <Panel
      id="influence"
      title="Influence"
      hint={`${RUNG_TEXT[rung].label} on ${title}: by how much the ${measurement.replace('-', ' ')} is predicted to change without a training example. Tick what you would take away.`}
    >
      <div class="ends">
        <Ranking lab={lab} state={state} title="Helped most" list={lists.helped} />
        <Ranking lab={lab} state={state} title="Harmed most" list={lists.harmed} />
      </div>
      <Likenesses state={state} />
      <div class="row">
        <button type="button" onClick={() => download(`influence-${rung}.csv`, scoresCsv(state), 'text/csv')}>
          Scores as CSV
        </button>
        <button type="button" disabled={busy} onClick={() => void archive()}>
          Everything for the command line (.zip)
        </button>
        {lists.harmed.length > 0 && (
          <button
            type="button"
            onClick={() =>
              lab.look({
                removed: [...new Set([...view.removed, ...lists.harmed.map(({ index }) => index)])].sort(
                  (a, b) => a - b,
                ),
              })
            }
          >
            Tick all that harmed most
          </button>
        )}
      </div>
    </Panel>
  );
}

function Ranking({
  lab,
  state: { opened, view },
  title,
  list,
}: PanelProps & { title: string; list: readonly Ranked[] }): JSX.Element | null {
  if (opened === undefined) return null;
  const most = Math.abs(list[0]?.score ?? 1);
  return (
    <div>
      <h3>{title}</h3>
      {list.length === 0 && <p class="hint">None.</p>}
      <ol class="ranking" data-testid={title.startsWith('Helped') ? 'helped' : 'harmed'}>
        {list.map(({ index, score, change }) => (
          <li key={index} data-index={index} data-score={score}>
            <label>
              <input
                type="checkbox"
                checked={view.removed.includes(index)}
                onChange={() => lab.toggle(index)}
              />
              <Thumb set={opened.train} size={opened.size} index={index} />
              <span class="who">
                {opened.train.titles[index]}: <b>{answerText(opened, opened.train, index)}</b>
                <Cells cells={opened.train.cells?.[index]} />
              </span>
              <span class="how">
                {signed(change)}
                <svg
                  class={score > 0 ? 'bar helped' : 'bar harmed'}
                  viewBox="0 0 100 6"
                  preserveAspectRatio="none"
                  aria-hidden="true"
                >
                  <rect width={(100 * Math.abs(score)) / most} height="6" />
                </svg>
              </span>
            </label>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The beginning of a row. */
function Cells({ cells }: { cells: readonly string[] | undefined }): JSX.Element | null {
  if (cells === undefined) return null;
  return <small>{cells.slice(0, 6).join(' · ')}</small>;
}

/** How alike the rungs are on this query. */
function Likenesses({ state: { ladder, scored } }: { state: LabState }): JSX.Element | null {
  const rows = useMemo(() => {
    const usable = ladder.filter(({ scores }) => scores.length > 0);
    const [reference] = usable;
    if (reference === undefined || scored === undefined) return [];
    return ladder.map(({ rung, scores, problem }) =>
      scores.length === 0
        ? { rung, reference: reference.rung, problem }
        : {
            rung,
            reference: reference.rung,
            ...likeness(scores, reference.scores, COMPARED, scored.request.measurement),
          },
    );
  }, [ladder, scored]);
  if (rows.length < 2) return null;
  return (
    <details class="likeness">
      <summary>How alike the rungs are on this query, beside {RUNG_TEXT[rows[0].reference].label}</summary>
      <div class="scrolls">
        <table>
          <thead>
            <tr>
              <th scope="col">rung</th>
              <th scope="col">rank correlation</th>
              <th scope="col">shared of {2 * COMPARED}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.rung}>
                <th scope="row">{RUNG_TEXT[row.rung].label}</th>
                {'rank' in row ? (
                  <>
                    <td>{number(row.rank, 3)}</td>
                    <td>{count(row.shared)}</td>
                  </>
                ) : (
                  <td colSpan={2}>{row.problem}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Every training example with its score by every rung that has one, in the digits of doubles. */
function scoresCsv({ opened, scored, ladder }: LabState): string {
  if (opened === undefined || scored === undefined) return '';
  const { request, result } = scored;
  const others = ladder.filter(({ rung, scores }) => rung !== request.rung && scores.length > 0);
  return csv(
    ['index', 'example', 'answer', request.rung, ...others.map(({ rung }) => rung)],
    Array.from(result.scores, (score, i) => [
      i,
      opened.train.titles[i],
      answerText(opened, opened.train, i),
      score,
      ...others.map(({ scores }) => scores[i]),
    ]),
  );
}
