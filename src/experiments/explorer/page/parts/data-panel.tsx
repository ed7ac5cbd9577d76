/** @file Where data come from. */
import type { JSX } from 'preact';
import type { TableTask } from '../../../tables/answers.ts';
import { count } from '../../core/format.ts';
import { chosenFiles } from '../files.ts';
import { Panel, type PanelProps } from './panel.tsx';

const taskOf = (value: string): TableTask | undefined => (value === '' ? undefined : (value as TableTask));

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
          <input type="file" class="unseen" multiple accept=".csv,.tsv,.txt,.gz,image/*" onChange={open} />
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
        <div class="row">
          <label class="field">
            <span>Predict</span>
            <select
              value={table.target}
              onChange={({ currentTarget }) => void lab.predict(currentTarget.value, undefined)}
            >
              {table.columns.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>as</span>
            <select
              value={table.task ?? ''}
              onChange={({ currentTarget }) => void lab.predict(table.target, taskOf(currentTarget.value))}
            >
              <option value="">it looks</option>
              <option value="classification">classes</option>
              <option value="regression">numbers</option>
            </select>
          </label>
        </div>
      )}
    </Panel>
  );
}
