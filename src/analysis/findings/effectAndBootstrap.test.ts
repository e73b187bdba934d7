/** What stands beside a finding's t-interval: the effect size, and from 30 seeds on the bootstrap interval. */

import { describe, expect, it } from 'vitest';
import { madeStudy } from '../../../test/support/madeStudy.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { findingDetails } from './details.js';

const rate = ({ trial }: Run) => trial.levels.learningRate as number;
/** Seeds one after the other in even steps, 0.1 apart at the baseline, 0.2 at the level. */
const steps = (run: Run) =>
  (rate(run) === 0.2 ? 60 : 55) + (rate(run) === 0.2 ? 0.2 : 0.1) * ((7 * run.seed.label) % 31);
const first = (seeds: number, more = '') =>
  analyse(madeStudy(`factors: { learningRate: [0.05, 0.2] }\nseeds: ${seeds}\n${more}`, steps), {
    plan: false,
  }).findings.filter((one) => one.kind === 'difference');

describe('the effect size', () => {
  it('is Hedges’ g, in the details line and in what --json prints', () => {
    const [finding, ...explored] = first(12);
    // (mean(a) - mean(b)) / pooled deviation * J(22), from the 24 values by Python's math.lgamma.
    expect(finding!.effectSize!.method).toBe("Hedges' g");
    expect(finding!.effectSize!.value).toBeCloseTo(4.1825564029, 8);
    expect(findingDetails(finding!)).toMatch(/; Hedges’ g = \d+\.\d+;/);
    expect(JSON.parse(JSON.stringify(finding)).effectSize.value).toBeCloseTo(4.1825564029, 8);
    expect(explored.some(({ effectSize }) => effectSize !== null)).toBe(true);
  });

  it('has none where nothing varies, with one seed, or for several cells on a side', () => {
    expect(first(1)[0]!.effectSize).toBeNull();
    // Of few runs it says next to nothing.
    expect(first(9)[0]!.effectSize).toBeNull();
    const grid =
      'method: grid\nfactors: { learningRate: [0.05, 0.2], schedule: [constant, cosine] }\nseeds: 3\n';
    const [finding] = analyse(madeStudy(grid, steps), { plan: false }).findings;
    expect(finding).toMatchObject({ effectSize: null });
  });
});

describe('the bootstrap interval over seeds', () => {
  const said = (seeds: number, more = '') =>
    first(seeds, more)[0]!.notes.filter((note) => note.includes('bootstrap'));

  it('stands beside the t-interval from 30 seeds on, and not before', () => {
    expect(said(29)).toEqual([]);
    const [note] = said(30);
    const bounds =
      /^95% BCa bootstrap interval over seeds: \+(\S+) to \+(\S+) points; the verdict rests/.exec(note!);
    const { interval } = first(30)[0]!;
    // Of a symmetric sample of 30, t and BCa agree to a tenth of their width.
    const bound = { low: 100 * interval!.low, high: 100 * interval!.high };
    const width = bound.high - bound.low;
    expect(Math.abs(Number(bounds![1]) - bound.low)).toBeLessThan(0.1 * width);
    expect(Math.abs(Number(bounds![2]) - bound.high)).toBeLessThan(0.1 * width);
    expect(first(30)[0]!.method).toBe("Welch's t");
  });

  it('resamples pairs where the study is paired', () => {
    const [note] = said(30, 'pairing: paired\n');
    const ends = /: \+(\S+) to \+(\S+) points/.exec(note!)!.slice(1).map(Number);
    const { interval } = first(30, 'pairing: paired\n')[0]!;
    const bound = { low: 100 * interval!.low, high: 100 * interval!.high };
    const width = bound.high - bound.low;
    expect(Math.abs(ends[0]! - bound.low)).toBeLessThan(0.1 * width);
    expect(Math.abs(ends[1]! - bound.high)).toBeLessThan(0.1 * width);
  });
});
