import { describe, expect, test } from 'vitest';
import { checkLockstep, cut, inLockstep, type Lockstep } from './groups.js';

describe('groups', () => {
  test('are about equally large, in order, and none is larger than asked for', () => {
    const runs = [0, 1, 2, 3, 4, 5, 6];
    expect(cut(runs, 3).map((group) => group.length)).toEqual([2, 3, 2]);
    expect(cut(runs, 7)).toEqual([runs]);
    expect(cut(runs, 1)).toHaveLength(7);
    expect(cut(runs, 4).flat()).toEqual(runs);
  });

  test('what is compared on the CPU: as many groups as there were workers, or one with all the threads', () => {
    const two = { workers: 2, threads: 1, threadsAtMost: 2 };
    expect(inLockstep(7, two)).toMatchObject({ workers: 2, threads: 1, replicas: 4 });
    expect(inLockstep(2, two)).toMatchObject({ workers: 1, threads: 2, replicas: 2 });
  });

  test('a number that is none is refused', () => {
    for (const right of ['auto', 'off', 1, 64] as const) expect(() => checkLockstep(right)).not.toThrow();
    for (const wrong of [0, 1.5, Number.NaN, 'on' as Lockstep]) {
      expect(() => checkLockstep(wrong)).toThrow(/--lockstep/);
    }
  });
});
