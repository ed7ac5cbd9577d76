/** @file The whole ladder, judged by networks that are trained here and now. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { count, csv, number, seconds } from '../../core/format.ts';
import { RUNG_TEXT } from '../../core/rungs.ts';
import { download, downloadSvg } from '../download.ts';
import type { LadderResult } from '../lab-state.ts';
import { NumberField, Panel, type PanelProps } from './panel.tsx';

export function LadderPanel({ lab, state }: PanelProps): JSX.Element {
  const { lds, work } = state;
  const [subsets, setSubsets] = useState(20);
  const [seeds, setSeeds] = useState(2);
  return (
    <Panel
      id="ladder"
      title="The ladder, judged"
      hint="Networks are trained on random halves of the training set. The linear data-modelling score (LDS) is the rank correlation between what scores predict of them and what they do: 1 is perfect, 0 is worth nothing."
    >
      <div class="row fields">
        <NumberField
          label="Random halves"
          value={subsets}
          least={4}
          most={200}
          step={1}
          onChange={setSubsets}
        />
        <NumberField
          label="Networks on each"
          value={seeds}
          least={1}
          most={20}
          step={1}
          onChange={setSeeds}
        />
        <button
          type="button"
          disabled={work !== undefined}
          onClick={() => void lab.runLadder(subsets, seeds)}
        >
          Train {count(subsets * seeds)} networks
        </button>
      </div>
      {lds !== undefined && <Judged result={lds} />}
    </Panel>
  );
}

const ROW = 30;
const [LEFT, RIGHT, WIDTH] = [100, 60, 480];

function Judged({ result }: { result: LadderResult }): JSX.Element {
  const picture = useRef<SVGSVGElement>(null);
  const { rungs, ceiling, subsets, seeds, retrainings } = result;
  const low = Math.min(0, ...rungs.map(({ lds }) => lds?.interval[0] ?? 0));
  const at = (x: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (x - low)) / (1 - low);
  const height = ROW * rungs.length + 34;
  const description = `LDS with intervals of 95 % over ${subsets} random halves with ${seeds} networks each`;
  return (
    <>
      <figure class="ladder">
        <svg
          ref={picture}
          viewBox={`0 0 ${WIDTH} ${height}`}
          role="img"
          aria-label={`${description}; the table has the numbers`}
        >
          <line class="axis" x1={at(0)} x2={at(0)} y1={4} y2={height - 26} />
          {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
            <g key={tick}>
              <line class="tick" x1={at(tick)} x2={at(tick)} y1={4} y2={height - 26} />
              <text class="note" x={at(tick)} y={height - 10} text-anchor="middle">
                {tick}
              </text>
            </g>
          ))}
          {ceiling !== undefined && Number.isFinite(ceiling) && (
            <line class="ceiling" x1={at(ceiling)} x2={at(ceiling)} y1={4} y2={height - 26} />
          )}
          {rungs.map(({ rung, lds }, i) => (
            <g key={rung}>
              <text x={LEFT - 10} y={ROW * i + 23} text-anchor="end">
                {RUNG_TEXT[rung].label}
              </text>
              {lds !== undefined && (
                <>
                  <line
                    class="interval"
                    x1={at(lds.interval[0])}
                    x2={at(lds.interval[1])}
                    y1={ROW * i + 18}
                    y2={ROW * i + 18}
                  />
                  <circle class="dot" cx={at(lds.mean)} cy={ROW * i + 18} r={5} />
                  <text x={WIDTH - 4} y={ROW * i + 23} text-anchor="end">
                    {number(lds.mean, 3)}
                  </text>
                </>
              )}
            </g>
          ))}
        </svg>
        <figcaption>
          {description}; {count(retrainings)} networks in {seconds(result.seconds)}.
          {ceiling !== undefined &&
            ` The green line is the ceiling that the noise of retraining leaves, ${number(ceiling, 3)}.`}
        </figcaption>
      </figure>
      <details>
        <summary>As a table</summary>
        <table data-testid="lds">
          <thead>
            <tr>
              <th scope="col">rung</th>
              <th scope="col">LDS</th>
              <th scope="col">95 %</th>
            </tr>
          </thead>
          <tbody>
            {rungs.map(({ rung, lds, problem }) => (
              <tr key={rung} data-rung={rung} data-lds={lds?.mean}>
                <th scope="row">{RUNG_TEXT[rung].label}</th>
                {lds === undefined ? (
                  <td colSpan={2}>{problem}</td>
                ) : (
                  <>
                    <td>{number(lds.mean, 3)}</td>
                    <td>
                      {number(lds.interval[0], 3)} to {number(lds.interval[1], 3)}
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <div class="row">
        <button
          type="button"
          onClick={() => picture.current !== null && downloadSvg('ladder.svg', picture.current)}
        >
          SVG
        </button>
        <button type="button" onClick={() => download('ladder.csv', ladderCsv(result), 'text/csv')}>
          CSV
        </button>
      </div>
    </>
  );
}

function ladderCsv({ rungs, ceiling, subsets, seeds }: LadderResult): string {
  return csv(
    ['rung', 'lds', 'low', 'high', 'ceiling', 'halves', 'networks'],
    rungs.map(({ rung, lds }) => [
      rung,
      lds?.mean ?? '',
      lds?.interval[0] ?? '',
      lds?.interval[1] ?? '',
      ceiling ?? '',
      subsets,
      seeds,
    ]),
  );
}
