/** @file What coordinator and workers say to each other through Redis: names of keys, and the forms of what stands there. */
import type { Written } from '../engine/bench.ts';
import type { Input } from '../engine/missing-input.ts';
import type { CodeIdentity } from './code-identity.ts';
import { PREFIX } from './redis.ts';

/** Jobs of one kind that one thread does one after the other. */
export interface Batch {
  readonly experiment: string;
  readonly jobs: readonly unknown[];
  /** Bytes that the largest of them is expected to hold. */
  readonly memory: number;
}

/** What came of one job. */
export interface Outcome {
  readonly reply: unknown;
  readonly written: readonly Written[];
  readonly seconds: number;
}

/** The outcomes of a batch, in the order of its jobs; sealed. */
export interface BatchResult {
  /** The key of the code that computed it. */
  readonly code: string;
  readonly worker: string;
  readonly outcomes: readonly Outcome[];
}

/** A study that is being run. */
export interface Announcement {
  readonly identity: CodeIdentity;
  /** Seconds, by the clock of the server. */
  readonly at: number;
}

/** A worker that is there. */
export interface Presence {
  readonly name: string;
  readonly threads: number;
  /** Jobs that it has done. */
  readonly jobs: number;
  readonly at: number;
}

/** An input that a worker lacks, and the key under which it looks for it. */
export interface Wanted extends Input {
  readonly reply: string;
}

/** A study or a worker that has not been heard of for so many seconds is gone. */
export const GONE = 20;
/** Seconds between two signs of life. */
export const HEARTBEAT = 2;

/** Hash: studies by the number of their coordinator. */
export const STUDIES = `${PREFIX}:studies`;
/** Hash: workers by name. */
export const WORKERS = `${PREFIX}:workers`;
/** Channel: inputs that workers of a code lack. */
export const wantedChannel = (code: string): string => `${PREFIX}:wanted:${code}`;
/** The name of the queue of a code. */
export const queueOf = (code: string): string => `study-${code}`;
/** The sealed result of a batch. */
export const resultKey = (code: string, batch: string): string => `${PREFIX}:result:${code}:${batch}`;
/** The sealed input that somebody has asked for. */
export const inputKey = (reply: string): string => `${PREFIX}:input:${reply}`;

/** Entries of a hash that have been heard of lately. @param now - Seconds, by the clock of the server. */
export function alive<T extends { readonly at: number }>(
  entries: Record<string, string>,
  now: number,
): [string, T][] {
  return Object.entries(entries).flatMap(([field, text]): [string, T][] => {
    try {
      const value = JSON.parse(text) as T | null;
      return value !== null && now - value.at < GONE ? [[field, value]] : [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return []; // not ours
    }
  });
}
