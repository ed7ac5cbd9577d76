/** @file Progress as lines and as bars, and the time that is left. */
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import {
  barProgress,
  duration,
  lineProgress,
  Pace,
  whileShown,
} from '../../src/experiments/engine/progress.ts';

/** A terminal of 60 columns that keeps what is written to it. */
function terminal(): { stream: NodeJS.WriteStream; written: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY: true, columns: 60 }) as unknown as NodeJS.WriteStream,
    written: () => text,
  };
}

test('lines are throttled; the last unit always shows', () => {
  let now = 0;
  const lines: string[] = [];
  const track = lineProgress(
    (line) => lines.push(line),
    () => now,
  ).track('work', 20, 4);
  for (let k = 5; k <= 20; k++) {
    now += 1000;
    track.advance();
  }
  expect(lines).toEqual([
    'work: 4 of 20 stored',
    'work: 9 of 20, about 11 s left',
    'work: 14 of 20, about 6 s left',
    'work: 19 of 20, about 1 s left',
    'work: 20 of 20',
  ]);
});

test('stored units and pauses do not count towards the pace', () => {
  let now = 0;
  const pace = new Pace(1000, 900, () => now);
  expect(pace.left()).toBe('time left not yet known');
  pace.advance();
  now += 3_600_000;
  for (let k = 0; k < 70; k++) {
    now += 2000;
    pace.advance();
  }
  expect(pace.done).toBe(971);
  expect(pace.left()).toBe('about 58 s left'); // 29 units of 2 s
});

test('durations are read at a glance', () => {
  expect([0.2, 89.9, 90, 5399, 5400].map(duration)).toEqual(['1 s', '90 s', '1.5 min', '90.0 min', '1.5 h']);
});

test('bars: drawn while no event loop runs, cut to the width, notes kept; the terminal stays as it was', () => {
  const { stream, written } = terminal();
  let now = 0;
  const progress = barProgress(stream, () => now);
  const track = progress.track('work', 5, 1);
  track.label('a label that is far too long for the sixty columns of this terminal');
  progress.note('something happened');
  now = 250;
  track.advance();
  expect(written()).toContain('2/5');
  expect(written()).toContain('something happened\n');
  progress.note('at the end');
  progress.stop();
  expect(written()).toContain('at the end\n');
  const length = written().length;
  progress.stop();
  expect(written()).toHaveLength(length);
  progress.note('afterwards');
  expect(written().slice(length)).toBe('afterwards\n');
  const esc = String.fromCharCode(27);
  expect(written()).not.toContain(`${esc}[?`); // no mode of the terminal is changed
  for (const line of written().split(new RegExp(`\n|${esc}\\[[0-9;]*[A-Z]`)))
    expect(line.length).toBeLessThanOrEqual(60);
});

test('a display ends when its work fails', () => {
  const { stream, written } = terminal();
  const progress = barProgress(stream);
  const work = (): never => {
    progress.track('work', 5, 0);
    throw new Error('diverged');
  };
  expect(() => whileShown(progress, work)).toThrow('diverged');
  progress.note('afterwards');
  expect(written().endsWith('afterwards\n')).toBe(true);
});

test('status: as one line, after two seconds and then every fifteen', () => {
  let now = 0;
  const lines: string[] = [];
  const progress = lineProgress(
    (line) => lines.push(line),
    () => now,
  );
  for (; now < 34_000; now += 500) progress.status(['about 5 s left', `worker 1: ${now}`]);
  expect(lines).toEqual([2000, 17_000, 32_000].map((at) => `about 5 s left; worker 1: ${at}`));
});

test('status: live lines on a terminal, gone with the bars', () => {
  const { stream, written } = terminal();
  let now = 0;
  const progress = barProgress(stream, () => now);
  progress.status(['about 9 s left', 'worker 1: waiting']);
  const track = progress.track('work', 2, 0, 'uneven');
  now = 250;
  track.advance();
  expect(written()).toContain('worker 1: waiting');
  progress.status(['about 3 s left', 'worker 1: hessian']);
  now = 500;
  track.advance();
  expect(written()).toContain('about 3 s left');
  progress.stop();
  const length = written().length;
  progress.status(['too late']);
  expect(written()).toHaveLength(length);
});
