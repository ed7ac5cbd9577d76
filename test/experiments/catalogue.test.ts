/** @file What the catalogue lists is whole: every experiment has its script, its command and task names of its own. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { EXPERIMENTS } from '../../src/experiments/catalogue.ts';
import { NETWORK_VERSIONS } from '../../src/experiments/protocol/network-trainings.ts';
import { PROTOCOL_VERSIONS } from '../../src/experiments/protocol/tasks.ts';
import { ROOT, sourceFiles } from '../helpers/sources.ts';

const LOADED = await Promise.all(EXPERIMENTS.map((one) => one.load()));

test('names of experiments are those of their commands, each once', async () => {
  const program = new Command();
  for (const { addTo } of EXPERIMENTS) (await addTo())(program);
  const names = program.commands.map((command) => command.name());
  expect(LOADED.map(({ name }) => name)).toEqual(names);
  expect(EXPERIMENTS.map(({ name }) => name)).toEqual(names);
  expect(new Set(names).size).toBe(names.length);
});

/** Of perceptrons, and of declared networks. */
const SHARED = { ...PROTOCOL_VERSIONS, ...NETWORK_VERSIONS };

test('no two experiments store different results under one name; shared tasks are those of the protocol', () => {
  const seen = new Map<string, string>();
  const twice = LOADED.flatMap(({ name, versions }) =>
    Object.keys(versions).flatMap((task) => {
      const before = seen.get(task);
      seen.set(task, name);
      return before === undefined || task in SHARED ? [] : [`${task}: ${before}, ${name}`];
    }),
  );
  expect(twice).toEqual([]);
});

test('every script belongs to an experiment of the catalogue', () => {
  const scripts = sourceFiles('src/experiments').filter((file) => file.endsWith('/compute.ts'));
  const listed = LOADED.map(({ compute }) => path.relative(ROOT, fileURLToPath(compute)));
  expect(listed.sort()).toEqual(scripts);
});

describe('the script of', () => {
  test.each(LOADED)('$name computes jobs', async ({ compute }) => {
    const script = (await import(compute.href)) as { readonly default?: unknown };
    expect(script.default).toBeTypeOf('function');
  });
});
