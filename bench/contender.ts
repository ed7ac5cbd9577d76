/** @file A contender in its own process, asked over lines of JSON. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { checkJson, parseJson, prefixed } from '../src/experiments/files/json.ts';
import { type Answer, AnswerSchema } from './result-schemas.ts';

export class Contender {
  readonly command: readonly string[];
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;
  private waiting: ((answer: Answer | undefined) => void)[] = [];

  constructor(command: readonly string[], env: Record<string, string> = {}) {
    this.command = command;
    this.child = spawn(command[0], command.slice(1), { env: { ...process.env, ...env } });
    this.child.on('error', () => this.end());
    this.child.on('exit', () => this.end());
    this.child.stdin.on('error', () => this.end());
    this.lines = createInterface({ input: this.child.stdout });
    this.lines.on('line', (line) => this.waiting.shift()?.(answerIn(line)));
  }

  /** Undefined when the contender is not installed or died. */
  ask(request: { work: string; folder: string; repeats: number }): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      if (this.child.exitCode !== null) return resolve(undefined);
      this.waiting.push((answer) => resolve(answer?.missing ? undefined : answer));
      this.child.stdin.write(`${JSON.stringify(request)}\n`);
      return undefined;
    });
  }

  stop(): void {
    this.child.stdin.end();
  }

  private end(): void {
    for (const resolve of this.waiting.splice(0)) resolve(undefined);
  }
}

function answerIn(line: string): Answer {
  return prefixed('a contender’s answer', () =>
    checkJson(AnswerSchema, parseJson(new TextEncoder().encode(line))),
  );
}
