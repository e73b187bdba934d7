/** What findings say once for all of them, and the winner's curse where it matters. */

import { describe, expect, it } from 'vitest';
import { madeStudy } from '../../../test/support/madeStudy.js';
import type { StudyRecords } from '../../store/records.js';
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
    /To be trusted of runs that train only: ([\d.]+)% of runs on the better side collapsing would undo it, which 5 runs cannot exclude \(up to 45%\)\./;
  const notesOf = (study: StudyRecords, id = /./) =>
    analyse(study)
      .findings.filter(isDeclared)
      .find((one) => id.test(one.id))!;

  it('a confirmed difference says which share of them would undo it, and what its seeds cannot exclude', () => {
    const [finding] = found(10).findings.filter(isDeclared);
    const share = Number(UNSEEN.exec(finding!.notes.join(' '))?.[1]);
    // 60% falls to 10%, the guess of ten classes: a fifth of the runs makes up for 10 points.
    expect(share).toBeCloseTo((100 * finding!.estimate!) / 0.5, 0);
    expect(finding!.unseen).toMatchObject({ runs: 5, end: 0.1, bound: 'guess', where: null });
  });

  it('is not said of what is not confirmed, nor where no such share goes unseen', () => {
    expect(found(0.8).findings.filter(isDeclared)[0]).toMatchObject({
      verdict: 'inconclusive',
      unseen: null,
    });
    expect(found(38).findings.filter(isDeclared)[0]!.unseen).toBeNull();
  });

  // The made runs' losses are 2 minus their accuracy: 1.5 of the baseline, and ln 10 is 2.303.
  const LOSS =
    'metric: { name: validLoss, at: final }\nsmallestEffect: 0.01\nfactors: { learningRate: [0.05, 0.2] }\nseeds: 5\n';

  it('of a loss says it by the loss of guessing, which is a least value', () => {
    const finding = notesOf(madeStudy(LOSS, lying(10)));
    const { share, end, bound } = finding.unseen!;
    expect([end, bound]).toEqual([Math.log(10), 'guessing loss']);
    expect(share).toBeCloseTo(-finding.estimate! / (Math.log(10) - 1.4), 2);
    expect(finding.notes.join(' ')).toMatch(
      /To be trusted of runs that train only: 11\.\d% of runs on the better side ending at the loss of guessing \(2\.303\) would undo it, fewer where they end above, which 5 runs cannot exclude \(up to 45%\)\./,
    );
  });

  it('of a loss that guessing would not undo says where the unseen share would', () => {
    const finding = notesOf(madeStudy(LOSS.replace('seeds: 5', 'seeds: 10'), lying(45)));
    const { share, end, bound, unseen } = finding.unseen!;
    expect(bound).toBeNull();
    expect(share).toBe(unseen);
    // That share of runs at this loss has the baseline's mean.
    expect(unseen * end + (1 - unseen) * (1.5 - 0.45)).toBeCloseTo(1.5, 2);
    expect(finding.notes.join(' ')).toMatch(
      /26% of runs on the better side, which 10 runs cannot exclude, would undo it if they ended at 2\.7\d\d or above\./,
    );
  });

  it('of imported runs, whose classes are not known, takes an accuracy of 0', () => {
    const study = madeStudy('factors: { learningRate: [0.05, 0.2] }\nseeds: 5\n', lying(10));
    const runs = study.runs.map((run) => ({ ...run, record: { ...run.record, configuration: null } }));
    const { unseen, notes } = notesOf({ ...study, runs });
    expect(unseen).toMatchObject({ end: 0, bound: 'zero' });
    expect(notes.join(' ')).toMatch(/16\.\d% of runs on the better side collapsing to 0% would undo it/);
  });

  it('an equivalence says which share would carry it beyond the smallest effect, and where', () => {
    const text = 'smallestEffect: 2\nfactors: { learningRate: [0.05, 0.2] }\nseeds: 5\n';
    const finding = notesOf(madeStudy(text, lying(0.1)));
    expect(finding.verdict).toBe('equivalent');
    // 0.2 lies 0.1 points above: collapses of the baseline need the least to 2 points, from 50% to 10%.
    const { where, share } = finding.unseen!;
    expect(where).toBe('the baseline');
    expect(share * 0.4).toBeCloseTo(0.02 - finding.estimate!, 3);
    expect(finding.notes.join(' ')).toMatch(
      /only: 4\.\d+% of runs of the baseline collapsing would undo it, which its 5 runs cannot exclude \(up to 45%\)\./,
    );
  });

  it('of an interaction names the trial in which the fewest would', () => {
    const text =
      'method: grid\nfactors: { schedule: [constant, cosine], learningRate: [0.05, 0.2] }\ninteractions: [[schedule, learningRate]]\nseeds: 5\n';
    const study = madeStudy(
      text,
      (run) =>
        40 + (run.trial.levels.schedule === 'cosine' && rate(run) === 0.2 ? 8 : 0) + lying(5)(run) - 50,
    );
    const finding = notesOf(study, / x |×/);
    expect(finding.verdict).toMatch(/supported|depends/);
    const { where, share, end } = finding.unseen!;
    expect(where).toMatch(/cosine.*0\.2|0\.2.*cosine/);
    // That trial stands at 53%: as much as the interaction is lost by this share falling to 10%.
    expect(share * (0.53 - end)).toBeCloseTo(finding.estimate!, 2);
    expect(finding.notes.join(' ')).toMatch(
      /only: 18\.\d% of runs of .*cosine.* collapsing would undo it, which its 5 runs cannot exclude \(up to 45%\)/,
    );
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

it('an interaction that is not confirmed beside a confirmed one of the same factors is not decided, and does not come first', () => {
  const text =
    'method: grid\nfactors: { learningRate: [0.01, 0.05, 0.2], schedule: [constant, cosine] }\ninteractions: [[learningRate, schedule]]\nseeds: 5\n';
  const study = madeStudy(
    text,
    (run) =>
      50 +
      (run.trial.levels.schedule === 'cosine' && rate(run) === 0.2 ? -30 : 0) +
      deviations[(run.seed.label + run.trial.index) % 5]!,
  );
  const interactions = analyse(study)
    .findings.filter(isDeclared)
    .filter(({ contrast }) => contrast.kind === 'interaction');
  expect(interactions.map(({ simple }) => simple.length > 0)).toEqual([true, false]);
  const [, open] = interactions;
  expect(open!.verdict).toMatch(/^(inconclusive|equivalent)$/);
  expect(open!.sentence).toMatch(/^Whether .* is not decided|is the same/);
});
