/** @file How far a run is: bars on a terminal, throttled lines elsewhere, nothing with --json. */
import cliProgress from 'cli-progress';

/** Something with a known number of units, some of them done before this run. */
export interface Track {
  /** One more unit is done. */
  advance(): void;
  /** A name for what is being worked on, shown behind the numbers. */
  label(text: string): void;
}

/** Where a run reports to. */
export interface Progress {
  /** @param uneven - Units differ so much that their pace foretells nothing: no time left is shown. */
  track(name: string, total: number, done: number, uneven?: 'uneven'): Track;
  /** One line that stays: damage found, a stage reached. */
  note(line: string): void;
  /** What is going on now, as lines that replace those before: the time left, and what each worker does. */
  status(lines: readonly string[]): void;
  /** Ends the display. */
  stop(): void;
}

/** Bars on stderr when a person watches; lines on stdout unless it is kept for JSON. */
export function createProgress(json: boolean): Progress {
  if (process.stderr.isTTY) return barProgress(process.stderr);
  return json ? silentProgress() : lineProgress((line) => process.stdout.write(`${line}\n`));
}

/** Runs `body`, and ends the display when it returns or throws: a display that goes on would keep the process alive. */
export function whileShown<T>(progress: Progress, body: () => T): T {
  try {
    return body();
  } finally {
    progress.stop();
  }
}

/** Says nothing. */
export function silentProgress(): Progress {
  return {
    track: () => ({ advance: () => {}, label: () => {} }),
    note: () => {},
    status: () => {},
    stop: () => {},
  };
}

const LINE_EVERY_MS = 5000;
const STATUS_EVERY_MS = 15_000;

/**
 * Lines, at most one in five seconds per track, and one when a track is complete; the status as one line, after the
 * first two seconds and then at most every fifteen.
 */
export function lineProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  let statusDue = now() + 2000;
  return {
    note: write,
    stop: () => {},
    status: (lines) => {
      if (now() < statusDue) return;
      statusDue = now() + STATUS_EVERY_MS;
      write(lines.join('; '));
    },
    track: (name, total, done, uneven) => {
      const pace = new Pace(total, done, now);
      let written = now();
      if (done > 0) write(`${name}: ${done} of ${total} stored`);
      return {
        label: () => {},
        advance: () => {
          pace.advance();
          if (pace.done < total && now() - written < LINE_EVERY_MS) return;
          written = now();
          const left = pace.done < total && uneven === undefined ? `, ${pace.left()}` : '';
          write(`${name}: ${pace.done} of ${total}${left}`);
        },
      };
    },
  };
}

const REDRAW_MS = 200;

/**
 * Bars on a terminal. The cursor stays visible and long lines wrap as ever, so that no way to end the program leaves a
 * changed terminal behind; the bars themselves are cut to its width. They are drawn while units advance, also where no
 * event loop runs in between.
 *
 * @param stream - A terminal. @param now - Milliseconds.
 */
export function barProgress(stream: NodeJS.WriteStream, now: () => number = Date.now): Progress {
  const bars = new cliProgress.MultiBar(
    {
      stream,
      format: '{name} {bar} {value}/{total} {left} {label}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      linewrap: true,
      fps: 1000 / REDRAW_MS,
      autopadding: true,
    },
    cliProgress.Presets.shades_classic,
  );
  let drawn = now();
  let stopped = false;
  const status: cliProgress.SingleBar[] = [];
  return {
    status: (lines) => {
      if (stopped) return;
      while (status.length < lines.length) status.push(bars.create(1, 0, { line: '' }, { format: '{line}' }));
      for (const [i, bar] of status.entries()) bar.update({ line: lines[i] ?? '' });
    },
    note: (line) => {
      if (stopped) stream.write(`${line}\n`);
      else bars.log(`${line}\n`);
    },
    stop: () => {
      if (stopped) return;
      stopped = true;
      bars.update(); // writes the notes that still wait
      bars.stop();
    },
    track: (name, total, done, uneven) => {
      const pace = new Pace(total, done, now);
      let bar: cliProgress.SingleBar | undefined;
      /** A bar begins with the work, so that a screen holds what is going on and not what waits. */
      const shown = (): cliProgress.SingleBar =>
        (bar ??= bars.create(total, done, { name: name.padEnd(28), left: '', label: '' }));
      return {
        label: (text) => shown().update({ label: text }),
        advance: () => {
          pace.advance();
          shown().update(pace.done, { left: pace.done < total && uneven === undefined ? pace.left() : '' });
          if (now() - drawn < REDRAW_MS) return;
          drawn = now();
          bars.update();
        },
      };
    },
  };
}

/** Units whose times the estimate rests on. */
const WINDOW = 64;

/**
 * Remaining time at the pace of the last {@link WINDOW} units that this run itself has done: units stored earlier say
 * nothing about the speed of today, and a pause, while workers do something else, is forgotten in time.
 */
export class Pace {
  done: number;
  private readonly total: number;
  private readonly now: () => number;
  private readonly times: number[] = [];

  constructor(total: number, done: number, now: () => number) {
    this.total = total;
    this.done = done;
    this.now = now;
  }

  advance(): void {
    this.done++;
    this.times.push(this.now());
    if (this.times.length > WINDOW) this.times.shift();
  }

  /** "about 3.0 min left"; the estimate begins with the fourth unit. */
  left(): string {
    const intervals = this.times.length - 1;
    if (intervals < 3) return 'time left not yet known';
    const each = (this.times[intervals] - this.times[0]) / intervals;
    return `about ${duration(((this.total - this.done) * each) / 1000)} left`;
  }
}

/** 42 s, 3.5 min, 2.1 h, 60 days, 3 years. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${(seconds / 60).toFixed(1)} min`;
  const days = seconds / 86_400;
  if (days < 30) return `${(seconds / 3600).toFixed(1)} h`;
  return days < 730
    ? `${Math.round(days)} days`
    : `${Math.round(days / 365.25).toLocaleString('en-US')} years`;
}
