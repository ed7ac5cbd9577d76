/** @file Where data come from. */
import type { JSX } from 'preact';
import { count } from '../../core/format.ts';
import { chosenFiles } from '../files.ts';
import { Panel, type PanelProps } from './panel.tsx';

export function DataPanel({ lab, state }: PanelProps): JSX.Element {
  const { opened, table } = state;
  const open = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    void lab.openFiles(chosenFiles(currentTarget));
    currentTarget.value = '';
  };
  return (
    <Panel
      id="data"
      title="Data"
      hint="Nothing leaves this computer: the page reads, trains and computes by itself. Drop a CSV file or pictures anywhere."
    >
      <div class="row">
        <button
          type="button"
          class={opened === undefined ? 'primary' : ''}
          onClick={() => void lab.openDigits()}
        >
          Take Digits
        </button>
        <label class="button">
          Choose a file
          <input type="file" class="unseen" multiple accept=".csv,.tsv,.txt,image/*" onChange={open} />
        </label>
        <label class="button">
          Choose a folder of pictures
          <input type="file" class="unseen" {...{ webkitdirectory: true }} onChange={open} />
        </label>
      </div>
      {opened !== undefined && (
        <div class="told" data-testid="told">
          <p>
            <strong>{opened.name}</strong>: {count(opened.train.titles.length)} for training,{' '}
            {count(opened.query.titles.length)} queries, {count(opened.features)} features
            {opened.leftOut > 0 && `, ${count(opened.leftOut)} left out (this page takes 4,000 for training)`}
            .
          </p>
          <ul>
            {opened.told.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </div>
      )}
      {table !== undefined && (
        <label class="field">
          <span>Predict</span>
          <select
            value={table.target}
            onChange={({ currentTarget }) => void lab.predict(Number(currentTarget.value))}
          >
            {table.columns.map((name, j) => (
              <option key={name} value={j}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </Panel>
  );
}
