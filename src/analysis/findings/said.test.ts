/** What findings say once for all of them, and the winner's curse where it matters. */

import { describe, expect, it } from 'vitest';
import { madeStudy } from '../../../test/support/madeStudy.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { isDeclared } from '../words/results.js';
import { countVerdicts } from './verdictCounts.js';

const deviations = [-1, 0.2, 0.8, -0.4, 0.4];
const rate = ({ trial }: Run) => trial.levels.learningRate as number;
/** One level that lies `points` above its baseline, five seeds, a deviation of 0.7. */
const lying = (points: number) => (run: Run) =>
  50 + (rate(run) === 0.2 ? points : 0) + deviations[(run.seed.label + (rate(run) === 0.2 ? 2 : 0)) % 5]!;
const found = (points: number) =>
  analyse(madeStudy('factors: { learningRate: [0.05, 0.2] }\nseeds: 5\n', lying(points)));

describe('the winner’s curse', () => {
  it('is told of an estimate that only just passes, with its size', () => {
    const [finding] = found(1.2).findings.filter(isDeclared);
    expect(finding!.verdict).toBe('supported');
    const { ratio, power, excess } = finding!.exaggeration!;
    expect(ratio).toBeGreaterThan(1.1);
    expect(power).toBeLessThan(0.8);
    expect(excess).toBeCloseTo((ratio - 1) * finding!.estimate!, 10);
    expect(finding!.notes.join(' ')).toMatch(
      /^Winner’s curse: with 5 seeds a true effect of this size is found in \d\d% of studies, and the estimates that find it are on average too large by about 0\.\d\d points \(\d\d%\); more if it is smaller\./,
    );
  });

  it('is not told of a large effect, nor of what is not confirmed', () => {
    const [large] = found(10).findings.filter(isDeclared);
    expect(large!.exaggeration!.ratio).toBeCloseTo(1, 3);
    expect(large!.notes.join(' ')).not.toMatch(/curse/);
    expect(found(0.1).findings.filter(isDeclared)[0]!.exaggeration).toBeNull();
  });
});

describe('collapses that were not seen', () => {
  const UNSEEN =
    /Speaks of runs that train: ([\d.]+)% of runs collapsing on the better side would undo it, and 5 runs cannot exclude up to 45%\./;

  it('a confirmed difference says which share of them would undo it, and what its seeds cannot exclude', () => {
    const [finding] = found(10).findings.filter(isDeclared);
    const share = Number(UNSEEN.exec(finding!.notes.join(' '))?.[1]);
    // 60% falls to 10%, the guess of ten classes: a fifth of the runs makes up for 10 points.
    expect(share).toBeCloseTo((100 * finding!.estimate!) / 0.5, 0);
  });

  it('is not said of what is not confirmed, nor where no such share goes unseen', () => {
    expect(found(0.1).findings.filter(isDeclared)[0]!.notes.join(' ')).not.toMatch(/Speaks of runs/);
    expect(found(38).findings.filter(isDeclared)[0]!.notes.join(' ')).not.toMatch(/Speaks of runs/);
  });
});

it('what all comparisons hold fixed is said once, and where the other factors stand', () => {
  const text = 'factors: { schedule: [constant, cosine], learningRate: [0.05, 0.2] }\nseeds: 2\n';
  const { held } = analyse(madeStudy(text, ({ seed, trial }) => 50 + trial.index + 0.1 * seed.label));
  expect(held).toEqual([
    'Held fixed in every comparison, so that each is a caveat of all of them: weight decay 0, activation relu, mobilenet of width 0.25, sgd, 4 epochs, batch size 128.',
    'While one factor is varied the others stay at the baseline: learning rate 0.05, schedule constant.',
  ]);
  expect(analyse(madeStudy('seeds: 2\n', () => 50)).held).toEqual([]);
});

it('verdicts are counted strongest first, and a doubt goes with them', () => {
  const text = 'factors: { learningRate: [0.01, 0.05, 0.2, 0.4] }\nseeds: 3\n';
  const small = [-0.3, 0, 0.3];
  // One run of 0.4 lies far below the others: what its siblings show is in doubt.
  const ending = (run: Run) => {
    if (rate(run) === 0.4 && run.seed.label === 2) return 5;
    return (
      50 +
      (rate(run) === 0.2 ? 8 : rate(run) === 0.01 ? 1 : 0) +
      3 * small[run.seed.label]! * (rate(run) === 0.01 ? 2 : 0.2)
    );
  };
  const { findings } = analyse(madeStudy(text, ending));
  expect(countVerdicts(findings)).toEqual([
    { verdict: 'supported, with a doubt', n: 1 },
    { verdict: 'inconclusive', n: 1 },
    { verdict: 'no verdict: collapsed runs', n: 1 },
  ]);
});
