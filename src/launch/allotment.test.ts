import { describe, expect, test } from 'vitest';
import { CeterisError } from '../base/errors.js';
import { allot, threadsFor } from './allotment.js';

const machine = { cores: 8, freeMemory: 16e9, runMemory: 1e9 };

describe('allot', () => {
  test('workers = min(runs left, cores, free memory / estimate); threads = cores / workers, rounded down', () => {
    expect(allot({ ...machine, runsLeft: 20 })).toMatchObject({ workers: 8, threads: 1 });
    expect(allot({ ...machine, runsLeft: 3 })).toMatchObject({ workers: 3, threads: 2 });
    expect(allot({ ...machine, runsLeft: 20, runMemory: 6e9 })).toMatchObject({ workers: 2, threads: 4 });
    expect(allot({ ...machine, runsLeft: 20, runMemory: 99e9 })).toMatchObject({ workers: 1, threads: 8 });
  });

  test('--workers and --threads override', () => {
    expect(allot({ ...machine, runsLeft: 20, workers: 2 })).toMatchObject({ workers: 2, threads: 4 });
    expect(allot({ ...machine, runsLeft: 20, threads: 3 })).toMatchObject({ workers: 2, threads: 3 });
    expect(() => allot({ ...machine, runsLeft: 1, workers: 0 })).toThrow(CeterisError);
  });
});

describe('threads as runs run out', () => {
  test('are raised to cores / runs, rounded down, and never lowered', () => {
    const allotment = allot({ ...machine, runsLeft: 12 });
    expect([12, 8, 5, 4, 3, 2, 1].map((left) => threadsFor(allotment, left))).toEqual([1, 1, 1, 2, 2, 4, 8]);
    const crowded = allot({ ...machine, cores: 2, runsLeft: 4, workers: 4 });
    expect([4, 3, 2, 1].map((left) => threadsFor(crowded, left))).toEqual([1, 1, 1, 2]);
  });

  test('stay as --threads says', () => {
    const allotment = allot({ ...machine, runsLeft: 12, threads: 2 });
    expect([12, 4, 1].map((left) => threadsFor(allotment, left))).toEqual([2, 2, 2]);
  });

  test('the workers share out all cores', () => {
    const allotment = allot({ ...machine, runsLeft: 12, workers: 2 });
    expect([12, 2, 1].map((left) => threadsFor(allotment, left))).toEqual([4, 4, 8]);
  });
});
