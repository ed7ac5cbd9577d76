/** @file The plane: border, influence of every point on a place, and what exact means beside K-FAC. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { LADDER, type LadderKind } from '../../../../curvature/ladder.ts';
import { csv, number, signed } from '../../core/format.ts';
import { PENALTY, PLANE_RANGES, type PlaneSettings } from '../../core/plane-settings.ts';
import { RUNG_TEXT } from '../../core/rungs.ts';
import { download } from '../download.ts';
import type { Lab } from '../lab.ts';
import { PlaneLab, type PlaneState } from '../plane-lab.ts';
import { MatrixPicture } from './matrix-picture.tsx';
import { Choice, NumberField, Panel } from './panel.tsx';
import { PlanePicture } from './plane-picture.tsx';
import { Plot, type Series } from './plot.tsx';

function usePlane(page: Lab): { lab: PlaneLab; state: PlaneState } {
  const lab = useMemo(() => new PlaneLab(page.state.view.plane, (plane) => page.remember({ plane })), [page]);
  const [state, setState] = useState(lab.state);
  useEffect(() => {
    const end = lab.subscribe(() => setState(lab.state));
    void lab.start();
    return () => {
      end();
      lab.end();
    };
  }, [lab]);
  return { lab, state };
}

export function PlaneView({ page }: { page: Lab }): JSX.Element {
  const { lab, state } = usePlane(page);
  const { trained, influence, place, error, rung } = state;
  return (
    <>
      <Panel
        id="plane"
        title="Whose fault is it here?"
        hint="A network of a few units on points of two classes. Click anywhere, or move the cross with the arrow keys: every point shows its influence on the loss at that place."
      >
        <Controls lab={lab} state={state} />
        {error !== undefined && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        {trained === undefined ? (
          <p>Training …</p>
        ) : (
          <div class="planes">
            {(rung === 'hessian' ? [rung] : (['hessian', rung] as const)).map((one) => (
              <PlanePicture
                key={one === 'hessian' ? one : 'other'}
                label={RUNG_TEXT[one].label}
                trained={trained}
                place={place}
                values={influence?.predicted[one]}
                onPlace={(x, y) => lab.look({ x, y })}
              />
            ))}
          </div>
        )}
        {trained !== undefined && influence !== undefined && (
          <>
            <p class="hint">
              The ground is the probability of the classes, its border the white line. Large points count
              much: a full ring helps at the cross (its loss would rise without the point), a dashed ring
              harms.
            </p>
            <p role="status" data-testid="plane-told">
              {told(state, rung)}
            </p>
            <button type="button" onClick={() => download('plane.csv', planeCsv(state), 'text/csv')}>
              Influence as CSV
            </button>
          </>
        )}
      </Panel>
      {trained !== undefined && (
        <Panel
          id="matrices"
          title="What exact means"
          hint={`The curvature as a matrix of ${trained.parameters} × ${trained.parameters} parameters: blue is positive, orange negative. The Hessian sees every pair; block-GGN keeps the blocks of the layers; K-FAC makes each block of two small factors.`}
        >
          <div class="matrices">
            {LADDER.map((one) => (
              <MatrixPicture
                key={one}
                label={RUNG_TEXT[one].label}
                values={trained.matrices[one]}
                size={trained.parameters}
                layers={trained.layers}
              />
            ))}
          </div>
        </Panel>
      )}
      {trained !== undefined && <LeaveOut lab={lab} state={state} />}
    </>
  );
}

function told({ influence, place, trained }: PlaneState, rung: LadderKind): string {
  if (influence === undefined || trained === undefined) return '';
  const at = (x: number, y: number): string => `(${number(x, 2)}, ${number(y, 2)})`;
  const where = (i: number): string => at(trained.points[2 * i], trained.points[2 * i + 1]);
  const ends = (one: LadderKind): string => {
    const values = influence.predicted[one];
    const helped = values.indexOf(values.reduce((a, b) => Math.max(a, b)));
    const harmed = values.indexOf(values.reduce((a, b) => Math.min(a, b)));
    return `${RUNG_TEXT[one].label}: ${where(helped)} helps most (${signed(values[helped], 3)} without it), ${where(harmed)} harms most (${signed(values[harmed], 3)}).`;
  };
  const both = rung === 'hessian' ? [rung] : (['hessian', rung] as const);
  return `At ${at(place.x, place.y)} class blue has probability ${number(influence.probability, 3)}. The loss of class ${className(place.label)} there, by ${both.map(ends).join(' By ')}`;
}

/** Every point with what was predicted and what came out. */
function planeCsv({ trained, influence }: PlaneState): string {
  if (trained === undefined || influence === undefined) return '';
  const { predicted, realised } = influence;
  return csv(
    ['x', 'y', 'class', ...LADDER, ...(realised === undefined ? [] : ['realised'])],
    Array.from(trained.labels, (label, i) => [
      trained.points[2 * i],
      trained.points[2 * i + 1],
      className(label),
      ...LADDER.map((one) => predicted[one][i]),
      ...(realised === undefined ? [] : [realised[i]]),
    ]),
  );
}

const className = (label: number): string => (label === 0 ? 'orange' : 'blue');

const LEAST = Math.log10(PENALTY);

function Controls({ lab, state }: { lab: PlaneLab; state: PlaneState }): JSX.Element {
  const { settings, place, lambda, rung } = state;
  return (
    <>
      <div class="row fields">
        {(Object.keys(PLANE_RANGES) as (keyof PlaneSettings)[]).map((name) => {
          const { label, least, most, step } = PLANE_RANGES[name];
          return (
            <NumberField
              key={name}
              label={label}
              value={settings[name]}
              least={least}
              most={most}
              step={step}
              onChange={(value) => void lab.start({ [name]: value })}
            />
          );
        })}
        <label class="field slider">
          <span>λ = {number(lambda, 3)}</span>
          <input
            type="range"
            min={0}
            max={60}
            step={1}
            value={Math.round(20 * (Math.log10(lambda) - LEAST))}
            aria-label="Damping λ"
            aria-valuetext={number(lambda, 3)}
            onInput={({ currentTarget }) =>
              lab.damp(Number((PENALTY * 10 ** (Number(currentTarget.value) / 20)).toPrecision(3)))
            }
          />
        </label>
      </div>
      <div class="row">
        <Choice
          legend="Beside the Hessian"
          name="plane-rung"
          options={LADDER.map((value) => ({ value, label: RUNG_TEXT[value].label }))}
          value={rung}
          onChange={(one) => lab.compare(one)}
        />
        <Choice
          legend="Class at the place"
          name="plane-label"
          options={[
            { value: '0', label: 'orange' },
            { value: '1', label: 'blue' },
          ]}
          value={String(place.label) as '0' | '1'}
          onChange={(label) => lab.look({ label: Number(label) })}
        />
      </div>
    </>
  );
}

const SCATTER: readonly Series[] = [
  { label: 'Hessian', colour: '--blue', kind: 'points' },
  { label: 'K-FAC', colour: '--vermilion', kind: 'points' },
  { label: 'as it came out', colour: '--ink', kind: 'line', dashed: true },
];

/** Every point left out for real. */
function LeaveOut({
  lab,
  state: { influence, leaving, trained },
}: {
  lab: PlaneLab;
  state: PlaneState;
}): JSX.Element {
  const realised = influence?.realised;
  const data = useMemo(() => {
    if (influence?.realised === undefined) return undefined;
    const { predicted, realised: out } = influence;
    const order = [...out.keys()].sort((a, b) => out[a] - out[b]);
    const x = order.map((i) => out[i]);
    return [x, order.map((i) => predicted.hessian[i]), order.map((i) => predicted.kfac[i]), x];
  }, [influence]);
  return (
    <Panel
      id="leave-out"
      title="Is it true?"
      hint={`Takes each of the ${trained?.labels.length} points away, trains on to the minimum without it, and sets what came out beside what was predicted. The training has an L2 penalty of ${PENALTY}; with λ equal to it the Hessian is the exact answer to first order.`}
    >
      <div class="row">
        <button type="button" disabled={leaving !== undefined} onClick={() => void lab.leaveOut()}>
          Leave out every point
        </button>
        {leaving !== undefined && (
          <>
            <progress max={1} value={leaving} aria-label="Leaving out" />
            <button type="button" onClick={() => lab.cancel()}>
              Cancel
            </button>
          </>
        )}
      </div>
      {data !== undefined && influence !== undefined && (
        <Plot
          description="Predicted over realised change of the loss at the place when a point is left out"
          file="left-out"
          x="realised"
          y="predicted"
          series={SCATTER}
          data={data}
          height={260}
        />
      )}
      {influence !== undefined && (
        <table data-testid="agreement">
          <caption>
            Rank correlation with {realised === undefined ? 'the Hessian’s prediction' : 'what came out'} over
            all points
          </caption>
          <tbody>
            {LADDER.map((one) => (
              <tr key={one}>
                <th scope="row">{RUNG_TEXT[one].label}</th>
                <td>{number(influence.agreement[one], 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
