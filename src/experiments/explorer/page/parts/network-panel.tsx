/** @file The network: its shape, its training, how well it does. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ACTIVATIONS, type Activation } from '../../../../autodiff/functions.ts';
import { count, number, percent } from '../../core/format.ts';
import { SETTING_RANGES } from '../../core/settings.ts';
import { NumberField, Panel, type PanelProps } from './panel.tsx';
import { Plot, type Series } from './plot.tsx';

const FIELDS = [
  ['depth', 'Hidden layers', 1],
  ['width', 'Width', 1],
  ['epochs', 'Epochs', 1],
  ['rate', 'Learning rate', 'any'],
  ['seed', 'Seed', 1],
] as const;

const CURVE: readonly Series[] = [{ label: 'loss', colour: '--blue', kind: 'line' }];

export function NetworkPanel({ lab, state }: PanelProps): JSX.Element {
  const { view, trained, curve, work } = state;
  const { settings } = view;
  const data = useMemo(() => [curve.map((_, e) => e + 1), curve], [curve]);
  return (
    <Panel id="network" title="Network">
      <form
        class="row fields"
        onSubmit={(event) => {
          event.preventDefault();
          void lab.train();
        }}
      >
        {FIELDS.map(([name, label, step]) => {
          const { least, most } = SETTING_RANGES[name];
          return (
            <NumberField
              key={name}
              label={label}
              value={settings[name]}
              least={least}
              most={most}
              step={step}
              onChange={(value) => lab.settings({ [name]: value })}
            />
          );
        })}
        <label class="field">
          <span>Activation</span>
          <select
            value={settings.activation}
            onChange={({ currentTarget }) => lab.settings({ activation: currentTarget.value as Activation })}
          >
            {ACTIVATIONS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={work?.what === 'Training'}>
          {trained === undefined ? 'Train' : 'Train again'}
        </button>
      </form>
      {curve.length > 0 && (
        <Plot
          description="Mean training loss after each epoch"
          file="training"
          x="epoch"
          y="loss"
          series={CURVE}
          data={data}
          logarithmic
          height={170}
        />
      )}
      {trained !== undefined && JSON.stringify(settings) !== JSON.stringify(state.trainedWith) && (
        <p class="hint">
          The settings have changed since. What is below is of the network as it was trained.
        </p>
      )}
      {trained !== undefined && (
        <dl class="figures" data-testid="trained">
          <Figure name="layers" value={trained.sizes.join(' – ')} />
          <Figure name="parameters" value={count(trained.parameters)} />
          <Figure name="loss" value={trained.loss} />
          <Figure name="training loss" value={number(trained.trainLoss)} />
          <Figure name="loss on queries" value={number(trained.queryLoss)} />
          {trained.trainAccuracy !== undefined && (
            <Figure name="right in training" value={percent(trained.trainAccuracy)} />
          )}
          {trained.queryAccuracy !== undefined && (
            <Figure name="right on queries" value={percent(trained.queryAccuracy)} />
          )}
        </dl>
      )}
    </Panel>
  );
}

/** A number with its name. */
export function Figure({ name, value }: { name: string; value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
