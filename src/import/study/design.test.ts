import { describe, expect, it } from 'vitest';
import { inferDesign } from './design.js';

describe('design', () => {
  const base = { learningRate: 0.05, schedule: 'constant' };

  it('finds the baseline, orders levels, and keeps what is off the design as explicit trials', () => {
    const both = { learningRate: 0.2, schedule: 'cosine' };
    const design = inferDesign([
      { ...base, learningRate: 0.2 },
      { ...base, schedule: 'cosine' },
      base,
      { ...base, learningRate: 0.01 },
    ]);
    expect(design).toMatchObject({
      method: 'one-factor',
      baseline: base,
      factors: { learningRate: [0.01, 0.05, 0.2], schedule: ['cosine', 'constant'] },
      trials: [],
      notes: [],
    });
    const more = inferDesign(
      [base, { ...base, learningRate: 0.01 }, { ...base, schedule: 'cosine' }, both],
      base,
    );
    expect(more.method).toBe('one-factor');
    expect(more.trials).toEqual([both]);
  });

  it('sees a grid, one factor alone, and a single run', () => {
    const grid = [0.1, 0.2].flatMap((learningRate) =>
      ['cosine', 'constant'].map((schedule) => ({ learningRate, schedule })),
    );
    expect(inferDesign(grid).method).toBe('grid');
    expect(inferDesign([base, { ...base, learningRate: 0.2 }]).notes).toHaveLength(1);
    expect(inferDesign([base])).toMatchObject({ factors: {}, trials: [] });
    expect(() => inferDesign(grid, base)).toThrow('baseline');
  });
});
