/** What a strict examiner would ask of a finding: what decided it, what it averages, which runs it leaves out. */

import { describe, expect, it } from 'vitest';
import { type Ending, madeStudy } from '../../../test/support/madeStudy.js';
import type { SplitRecord } from '../../store/records.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { isDeclared } from '../words/results.js';
import { combinationSentences } from './combination.js';
import { findingDetails } from './details.js';
import { verdictCounts } from './verdictCounts.js';

const rate = ({ trial }: Run) => trial.levels.learningRate as number;
const ONE = (seeds: number) => `factors: { learningRate: [0.05, 0.01, 0.2] }\nseeds: ${seeds}\n`;
const jitter = ({ seed, trial }: Run) => 0.3 * Math.sin(5 * seed.label + 2 * trial.index + 1);
const found = (text: string, ending: (run: Run) => Ending) => analyse(madeStudy(text, ending));
const declared = (text: string, ending: (run: Run) => Ending) =>
  found(text, ending).findings.filter(isDeclared);
const only = (text: string, ending: (run: Run) => Ending, id = 'learningRate=0.2') =>
  declared(text, ending).find(({ contrast }) => contrast.id === id)!;

describe('what decided', () => {
  it('Holm’s correction is named, with the p that it corrected', () => {
    const six =
      'factors: { learningRate: [0.05, 0.01, 0.02, 0.1, 0.2, 0.3, 0.4] }\nseeds: 5\nsmallestEffect: 0.2\n';
    const finding = only(six, (run) => 55 + jitter(run) + (rate(run) === 0.2 ? 0.38 : 0));
    expect(finding.interval!.low).toBeGreaterThan(0);
    expect(finding.verdict).toBe('inconclusive');
    expect(finding.sentence).toMatch(
      /after Holm’s correction for 6 comparisons \(p 0\.0\d\d, corrected 0\.\d+\)/,
    );
  });

  it('Holm’s p is Holm’s of the p beside it', () => {
    // One level far noisier than the shared baseline: the careful p is tested, and printed.
    const all = declared(ONE(5), (run) => 55 + (rate(run) === 0.05 ? 0.1 : 3) * jitter(run) + 6 * rate(run));
    const ps = all.map(({ p }) => p!).sort((a, b) => a - b);
    const corrected = all.map(({ holmP }) => holmP!).sort((a, b) => a - b);
    expect(ps[0]).toBeLessThan(0.3);
    expect(corrected[0]).toBeCloseTo(2 * ps[0]!, 12);
    expect(corrected[1]).toBeCloseTo(Math.min(1, Math.max(2 * ps[0]!, ps[1]!)), 12);
  });

  it('“equivalent” prints the test and the 90% interval', () => {
    const finding = only(ONE(5), (run) => 55 + jitter(run));
    expect(finding.verdict).toBe('equivalent');
    expect(finding.equivalence!.level).toBeCloseTo(0.9, 12);
    expect(finding.equivalence!.interval.high).toBeLessThan(finding.interval!.high);
    expect(findingDetails(finding)).toMatch(
      /two one-sided tests: p (= 0\.\d+|< 0\.001), Holm’s p (= 0\.\d+|< 0\.001), 90% interval \[.*\] points/,
    );
  });

  it('a confirmed effect that is too small to matter says so', () => {
    const finding = only(ONE(5), (run) => 55 + 0.1 * jitter(run) + (rate(run) === 0.2 ? 0.5 : 0));
    expect(finding.verdict).toBe('supported, but smaller than the smallest effect of interest');
  });
});

describe('probability of improvement', () => {
  it('needs ten pairs, and counts a diverged run as lost', () => {
    const better = (run: Run): Ending => 55 + jitter(run) + (rate(run) === 0.2 ? 5 : 0);
    expect(only(ONE(9), better).improvement).toBeNull();
    expect(only(ONE(10), better).improvement).toMatchObject({ won: 10, pairs: 10 });
    const lost = only(ONE(10), (run) => (rate(run) === 0.2 && run.seed.label < 4 ? 'diverged' : better(run)));
    expect(lost.improvement).toMatchObject({ won: 6, pairs: 10 });
  });

  it('is not pooled over strata with an interaction', () => {
    const grid =
      'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 10\n';
    const at = (apart: number) => (run: Run) =>
      55 +
      jitter(run) +
      (run.trial.levels.schedule === 'cosine' ? (run.trial.levels.weightDecay === 0 ? apart : 5) : 0);
    expect(only(grid, at(5), 'schedule=cosine').improvement).toMatchObject({ pairs: 20 });
    expect(only(grid, at(1), 'schedule=cosine').improvement).toBeNull();
  });
});

describe('a collapsed run', () => {
  const fallen = (run: Run) =>
    rate(run) === 0.2 && run.seed.label === 3 ? 5 : 55 + jitter(run) + 4 * rate(run);

  it('is called out, gets no verdict, and is not averaged', () => {
    const finding = only(ONE(5), fallen);
    expect(finding.verdict).toBe('no verdict: collapsed runs');
    expect(finding.sentence).toMatch(
      /^Of the runs that did not collapse, learning rate 0\.2 lies 0\.\d\d points above .*; 1 of 5 runs collapsed \(learning rate 0\.2\)\.$/,
    );
    expect(finding.estimate).toBeGreaterThan(0);
    expect(finding.notes.join(' ')).not.toMatch(/seeds per trial/);
  });

  it('is a share of its own, with Fisher’s exact test against the baseline', () => {
    const share = found(ONE(5), fallen).findings.find((one) => one.kind === 'share')!;
    expect(share).toMatchObject({ what: 'collapsed', share: 0.2 });
    expect(share.p).toBeCloseTo(1, 9);
    expect(share.sentence).toMatch(
      /^1 of 5 runs of learning rate 0\.2 collapsed \(seed 3: 5\.00%, far from the others, 5\d\.\d\d% to 5\d\.\d\d%\): 20%, .*; of the baseline 0 of 5, Fisher’s exact test p 1\.000\.$/,
    );
  });

  it('makes a finding about another trial say what it speaks of', () => {
    const finding = only(
      ONE(5),
      (run) => (rate(run) === 0.01 ? 50 + jitter(run) : fallen(run)),
      'learningRate=0.01',
    );
    expect(finding.verdict).toBe('supported');
    expect(finding.doubt).toMatch(/speaks of runs that do not collapse/);
    expect(finding.notes[0]).toBe(finding.doubt);
  });
});

it('a lopsided comparison says that it cannot be trusted', () => {
  const skewed = [-2.1, -1.9, -2, -1.4, 4];
  const finding = only(ONE(5), (run) => {
    const values = rate(run) === 0.05 ? [0, 0.4, -0.4, 0.2, -0.2] : skewed;
    return 55 + values[run.seed.label]! - (rate(run) === 0.2 ? 6 : 0);
  });
  expect(finding.verdict).toBe('supported');
  expect(finding.doubt).toMatch(/^Not to be trusted as it stands: one side scatters .* times as far/);
});

it('the best levels together are the best cell, where levels were combined', () => {
  const grid = 'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 3\n';
  // On average weight decay 0 is the better one (18.5 against 17.6), and yet the best cell has weight decay.
  const cells = { constant: [22.3, 16.8], cosine: [14.7, 18.4] } as const;
  const worst = { constant: [22.3, 16.8], cosine: [14.7, 24.4] } as const;
  const at = (table: typeof cells | typeof worst) => (run: Run) =>
    table[run.trial.levels.schedule as 'cosine'][run.trial.levels.weightDecay === 0 ? 0 : 1] +
    jitter(run) / 3;
  const sentences = (table: typeof cells | typeof worst) => {
    const analysis = analyse(madeStudy(grid, at(table)));
    return combinationSentences(analysis, analysis.best).join(' ');
  };
  expect(sentences(worst)).toMatch(
    /^Of the combinations that were run, the highest .* belongs to schedule cosine, weight decay 0\.01: 24\.\d\d%, mean of 3 runs, 95% interval \[/,
  );
  expect(sentences(cells)).toMatch(/belongs to schedule constant, weight decay 0: 22\.\d\d%/);
});

it('more than a hundred seeds are not counted', () => {
  const finding = only(ONE(3), (run) => 55 + 40 * jitter(run));
  expect(finding.verdict).toBe('inconclusive');
  expect(finding.notes.join(' ')).toMatch(/: more than 100 seeds per trial, by/);
});

it('a cell that did not learn is told, also under a mean over it', () => {
  const grid = 'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 3\n';
  // Ten classes: guessing gives 10%.
  const finding = only(
    grid,
    (run) =>
      run.trial.levels.schedule === 'cosine' && run.trial.levels.weightDecay !== 0
        ? 10 + jitter(run)
        : 55 + jitter(run),
    'weightDecay=0.01',
  );
  expect(finding.sentence).toMatch(
    /^Schedule cosine with weight decay 0\.01 did not learn \(accuracy of guessing\), so that what follows is no effect among runs that train\. /,
  );
  // Its number stays in the tables.
  expect(finding.estimate).toBeLessThan(-0.2);
  expect(finding.untrained).toEqual([
    { name: 'schedule cosine with weight decay 0.01', why: 'accuracy of guessing' },
  ]);
});

it('of many cells that did not learn three are named, the others counted', () => {
  const levels = [0, 0.01, 0.02, 0.03, 0.04, 0.05];
  const grid = `method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [${levels.join(', ')}] }\nseeds: 3\n`;
  const study = analyse(
    madeStudy(grid, (run) =>
      run.trial.levels.schedule === 'cosine' && run.trial.levels.weightDecay !== 0
        ? 10 + jitter(run)
        : 55 + jitter(run),
    ),
  );
  const main = study.findings.find(({ id }) => id === 'schedule=cosine:validAccuracy')!;
  expect(main.sentence).toMatch(
    /^Schedule cosine with weight decay 0\.01, schedule cosine with weight decay 0\.02, schedule cosine with weight decay 0\.03 and 2 more \(each marked in the table of trials\) did not learn \(accuracy of guessing\), so that/,
  );
  expect(isDeclared(main) && main.untrained).toHaveLength(5);
  // An interaction says it of its own cells before, and of the other levels beside their effects.
  const crossed = study.findings.find(
    ({ id }) => id.includes('weightDecay=0.01') && id.includes('schedule'),
  )!;
  expect(crossed.sentence).toMatch(/^Schedule cosine with weight decay 0\.01 did not learn/);
  expect(crossed.sentence).toMatch(/\] at weight decay 0, .*\] at weight decay 0\.01, /);
  expect(crossed.sentence).toMatch(/\] at weight decay 0\.02 \(with runs that did not learn\)/);
  expect(study.statements).toContainEqual(
    expect.stringMatching(
      /numbers are those of guessing: .* and 2 more \(each marked in the table of trials\)\.$/,
    ),
  );
});

it('how it is known that trials did not learn is said of each where it differs', () => {
  const records = madeStudy(ONE(2), (run) => (rate(run) === 0.01 ? 55 : 10) + 0.1 * run.seed.label);
  const runs = records.runs.map((run) =>
    run.record.trialName === 'learningRate=0.2' ? { ...run, predictedClasses: 1 } : run,
  );
  const { findings } = analyse({ ...records, runs });
  const [, last] = findings.filter(isDeclared);
  expect(last!.sentence).toMatch(
    /^Learning rate 0\.2 \(one class predicted for every image\) and the baseline \(accuracy of guessing\) did not learn, so that/,
  );
});

describe('a run that did not learn beside siblings that did', () => {
  const ends = (lone: readonly number[]) => (run: Run) =>
    rate(run) === 0.2 ? lone[run.seed.label]! : [42, 46, 39, 44, 43][run.seed.label]!;

  it('has collapsed, however far the siblings scatter: it is not averaged into a number of seeds', () => {
    const all = found(ONE(5), ends([38, 9.3, 43.3, 42, 39.3])).findings;
    const finding = all.find((one) => isDeclared(one) && one.contrast.id === 'learningRate=0.2');
    expect(finding).toMatchObject({ verdict: 'no verdict: collapsed runs', untrained: [] });
    expect(finding!.notes.join(' ')).not.toMatch(/seeds per trial/);
    expect(all.find(({ kind }) => kind === 'share')!.sentence).toMatch(
      /^1 of 5 runs of learning rate 0\.2 collapsed \(seed 1: 9\.30%, far from the others, 38\.00% to 43\.30%\)/,
    );
  });

  it.each([
    ['most of the trial did not learn', [38, 9, 9, 9, 9]],
    ['the siblings hardly learned', [14, 9, 15, 14, 14]],
  ])('has not, where %s', (_, lone) => {
    const finding = only(ONE(5), ends(lone));
    expect(finding.verdict).toBe('supported');
    expect(finding.untrained).toHaveLength(1);
  });

  it('has not, where the whole study is near guessing', () => {
    const near = (run: Run) => (rate(run) === 0.2 && run.seed.label === 1 ? 11 : 13 + jitter(run));
    expect(only(ONE(5), near).untrained).toHaveLength(1);
  });
});

it('nothing is suggested of the calibration, or any other measure, of what guesses', () => {
  const { findings } = found(ONE(5), (run) => (rate(run) === 0.2 ? 10 : 55) + jitter(run));
  const explored = findings.filter((one) => one.kind === 'difference' && one.family === 'exploratory');
  const own = explored.filter((one) => one.kind === 'difference' && one.contrast.id === 'learningRate=0.2');
  expect(own.length).toBeGreaterThan(0);
  for (const { verdict, notes } of own) {
    expect(verdict).toBeNull();
    expect(notes).toContain('With runs that did not learn: no effect among runs that train.');
  }
});

it('verdicts with commas are counted one behind the other', () => {
  const six = 'factors: { learningRate: [0.05, 0.01, 0.2] }\nseeds: 5\n';
  const { findings } = found(six, (run) => 55 + 0.1 * jitter(run) + (rate(run) === 0.2 ? 0.5 : 0));
  expect(verdictCounts(findings)).toBe(
    '2 declared comparisons: 1 supported, but smaller than the smallest effect of interest; 1 equivalent',
  );
});

it('how many collapsed runs could have gone unseen is told of the trial with the fewest, and says so', () => {
  const { statements } = found(ONE(3), (run) =>
    rate(run) === 0.2 && run.seed.label === 1 ? 'diverged' : 55 + jitter(run),
  );
  expect(statements.join(' ')).toMatch(
    /with 2 runs in a trial, the fewest here, a share of collapsed runs of up to 78% could/,
  );
});

it('weight decay in runs too short for it says over how many steps it acts', () => {
  const decay = 'factors: { weightDecay: [0, 0.001, 0.5], schedule: [constant, cosine] }\nseeds: 3\n';
  const records = madeStudy(decay, (run) => 55 + jitter(run));
  // 1000 images in batches of 128 for 4 epochs: 28 steps; at 0.05 weight decay 0.001 acts over 20,000, 0.5 over 40.
  const split = {
    train: Array.from({ length: 1000 }, (_, i) => i),
    validation: [0],
  } as unknown as SplitRecord;
  const notes = new Map(
    analyse({ ...records, split })
      .findings.filter(isDeclared)
      .map((one) => [one.contrast.id, one.notes.filter((text) => text.includes('acts over'))]),
  );
  expect(notes.get('weightDecay=0.001')).toEqual([
    'Weight decay 0.001 at learning rate 0.05 acts over about 20000 steps, and a run has 28: what it does in longer runs is not seen here.',
  ]);
  expect(notes.get('weightDecay=0.5')).toHaveLength(1);
  expect(notes.get('schedule=cosine')).toEqual([]);
  const longer = { ...split, train: Array.from({ length: 2000 }, (_, i) => i) };
  const [, strong] = analyse({ ...records, split: longer }).findings.filter(isDeclared);
  expect(strong!.notes.join(' ')).not.toMatch(/acts over/);
});
