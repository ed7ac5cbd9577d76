/** @file The page about the experiment. */
import type { AstraResults } from './astra-results.ts';
export function astraDocument(_: AstraResults, command: string): string {
  return command;
}
