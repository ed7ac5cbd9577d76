/** @file The remaining time, and costs against what was measured. */
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { jobCost } from '../../src/experiments/better-hessians/reproduce/cost.ts';
import { lackOfSpace } from '../../src/experiments/better-hessians/reproduce/disk-space.ts';
import type { Inventory } from '../../src/experiments/better-hessians/reproduce/inventory.ts';
import { Outlook } from '../../src/experiments/better-hessians/reproduce/outlook.ts';
import { storedSpeed } from '../../src/experiments/better-hessians/reproduce/stored-speed.ts';
import { PROFILES, settingConfig } from '../../src/experiments/protocol/profile.ts';

test('begins with what is expected, and goes over to what is seen', () => {
  let now = 0;
  const outlook = new Outlook(2, 5, () => now);
  outlook.expect('retraining', 100, 3);
  outlook.expect('hessian', 1, 40);
  expect(outlook.secondsLeft()).toBe((300 + 40) / 2 + 5);
  for (let k = 0; k < 10; k++) {
    outlook.start(0, 'retraining');
    now += k === 0 ? 30 : 1; // the first one pays for starting a process
    outlook.end(0);
  }
  expect(outlook.each('retraining')).toBe(1);
  expect(outlook.secondsLeft()).toBe((90 + 40) / 2 + 5);
});

test('a long job in flight bounds the time from below, and one that is overdue is nearly done', () => {
  let now = 0;
  const outlook = new Outlook(4, 0, () => now);
  outlook.expect('hessian', 1, 40);
  outlook.expect('kfac', 4, 1);
  outlook.start(2, 'hessian');
  expect(outlook.secondsLeft()).toBe(40);
  now = 30;
  expect(outlook.secondsLeft()).toBe(10);
  now = 100;
  expect(outlook.elapsed(2)).toBe(100);
  expect(outlook.secondsLeft()).toBe(10);
  outlook.end(2);
  expect(outlook.secondsLeft()).toBe(1);
  expect(outlook.elapsed(2)).toBeUndefined();
});

test('costs are those of the stages that docs/decisions.md has measured', () => {
  const cost = (name: string, method: 'hessian' | 'kfac') =>
    jobCost(settingConfig(PROFILES.paper, name, 0), { kind: 'attribution', model: 0, method });
  const [deep, wide] = [cost('d8-w16-e100', 'hessian'), cost('d1-w128-e100', 'hessian')];
  // Hessian, kept spectrum, scores and Eq. 9 at D = 9,610 and 3,114: 15 + 281 + 3 + 53 s, about 3.8 + 8.3 + 0.4 + 4.6
  const measured = (15 + 281 + 3 + 53) / (3.8 + 8.3 + 0.4 + 4.6);
  expect(wide.operations / deep.operations / measured).toBeGreaterThan(0.6);
  expect(wide.operations / deep.operations / measured).toBeLessThan(1.6);
  expect(wide.memory).toBeGreaterThan(3.3e9); // its peak
  expect(2 * wide.memory).toBeLessThan(10e9); // two at once
  expect(cost('d1-w128-e100', 'kfac').operations).toBeLessThan(wide.operations / 5);
});

test('stored work corrects the measurement of a busy moment', () => {
  const stocked = (name: string, retrainingSeconds: number | undefined, hessianSeconds?: number) => {
    const setting = settingConfig(PROFILES.paper, name, 0);
    const job = { kind: 'attribution', model: 0, method: 'hessian' } as const;
    const stock: Inventory = { jobs: [{ job, seconds: hessianSeconds }], retrainings: 0, retrainingSeconds };
    return { setting, stock };
  };
  const busy = { operations: () => 1e9, epoch: () => 0.004 };
  const [deep, long, wide] = [
    stocked('d8-w16-e100', 0.2, 20),
    stocked('d8-w16-e1000', undefined),
    stocked('d1-w32-e100', undefined),
  ];
  const speed = storedSpeed(busy, [deep, long, wide]);
  expect(speed.epoch(long.setting)).toBe(0.002); // the same network
  expect(speed.epoch(wide.setting)).toBe(0.002); // half of what is measured now, as for the one that is stored
  const operations = jobCost(deep.setting, { kind: 'attribution', model: 0, method: 'hessian' }).operations;
  expect(speed.operations()).toBe(operations / 20);
  const nothing = storedSpeed(busy, [long, wide]);
  expect([nothing.operations(), nothing.epoch(wide.setting)]).toEqual([1e9, 0.004]);
});

test('a disk without room is told of before the work', () => {
  const plan = (toDo: number) => ({ disk: { whole: toDo, toDo } }) as Parameters<typeof lackOfSpace>[1];
  expect(lackOfSpace(tmpdir(), plan(0))).toBeUndefined();
  expect(lackOfSpace(tmpdir(), plan(1e21))).toMatch(/^the disk of .* has .* left and this run will write/);
  expect(lackOfSpace('/no such folder', plan(1e21))).toBeUndefined();
});
