import { describe, expect, it } from 'vitest';
import { madeSearch, madeStudy } from '../../../test/support/madeStudy.js';
import type { StudyRecords } from '../../store/records.js';
import type { Run } from '../../study/types.js';
import { compareAcrossStudies, type StudyTrial } from './compareStudies.js';

const text = (seeds: number, more = '') => `factors: { learningRate: [0.05, 0.2] }\nseeds: ${seeds}\n${more}`;
const about =
  (centre: number, sizes = [-0.3, 0, 0.3]) =>
  ({ seed }: Run) =>
    centre + sizes[seed.label % sizes.length]!;
const at = (records: StudyRecords, directory: string, trial = 'baseline'): StudyTrial => ({
  records: { ...records, directory, study: { ...records.study, name: directory } },
  trial,
});
const found = (a: StudyTrial, b: StudyTrial) => {
  const across = compareAcrossStudies(a, b);
  if ('reason' in across) throw new Error(across.reason);
  return across.finding;
};

describe('trials of two studies', () => {
  it('have their difference with Welch’s interval, no p, and at most "suggests"', () => {
    const finding = found(
      at(madeStudy(text(3), about(55)), 'ours', 'learningRate=0.2'),
      at(madeStudy(text(3), about(50)), 'theirs'),
    );
    // By R: t.test(c(54.7, 55, 55.3), c(49.7, 50, 50.3)): [4.320, 5.680].
    expect(finding).toMatchObject({
      verdict: 'suggests',
      p: null,
      holmP: null,
      method: "Welch's t",
      n: [3, 3],
    });
    expect(finding.estimate).toBeCloseTo(0.05, 11);
    expect(finding.interval!.low).toBeCloseTo(0.043199, 5);
    expect(finding.sentence).toMatch(
      /^The data suggest a higher mean validation accuracy .* for learning rate 0\.2 of ours than for the baseline of theirs, by 5\.00 points\.$/,
    );
    expect(finding.notes).toEqual([
      expect.stringMatching(/was not declared/),
      expect.stringMatching(
        /^It is not shown that the two are closer than 1 point, either way \(two one-sided tests: p/,
      ),
      expect.stringMatching(/parts of different studies/),
      'Their configurations differ in learning rate (0.2 and 0.05).',
    ]);
  });

  it('are shown to be close by two one-sided tests and the 90% interval', () => {
    const finding = found(
      at(madeStudy(text(3), about(50.1)), 'ours'),
      at(madeStudy(text(3), about(50)), 'theirs'),
    );
    expect(finding.verdict).toBeNull();
    // By R: t.test(c(49.8, 50.1, 50.4), c(49.7, 50, 50.3), mu = 1, alternative = "less"): p = 0.0106; 90% [-0.422, 0.622].
    expect(finding.notes[1]).toBe(
      'The data suggest that the two are closer than 1 point, either way (two one-sided tests: p 0.011; 90% interval −0.42 to +0.62 points).',
    );
    expect(finding.notes).toContain('Their recorded configurations are the same.');
  });

  it('that are the same runs say so, and no equivalence is made of it', () => {
    const { notes } = found(at(madeStudy(text(3), about(50)), 'a'), at(madeStudy(text(3), about(50)), 'b'));
    expect(notes.join(' ')).toMatch(
      /Seed by seed and epoch by epoch the runs of both sides have the same values/,
    );
    expect(notes.join(' ')).not.toMatch(/one-sided/);
  });

  it('are pairs by their seeds only where both studies declared it', () => {
    const paired = madeStudy(text(3, 'pairing: paired\n'), about(51, [-3, 0, 3.3]));
    const other = madeStudy(text(3, 'pairing: paired\n'), about(50, [-3, 0, 3]));
    const plain = madeStudy(text(3), about(50, [-3, 0, 3]));
    expect(found(at(paired, 'a'), at(other, 'b')).method).toBe('paired t');
    expect(found(at(paired, 'a'), at(plain, 'b')).method).toBe("Welch's t");
  });

  it('of which one has a single run, a diverged or a collapsed one: nothing is suggested, and why is said', () => {
    const good = at(madeStudy(text(3), about(50)), 'b');
    const single = found(at(madeStudy(text(1), about(55)), 'a'), good);
    expect([single.verdict, single.interval]).toEqual(['no verdict: one seed', null]);
    const lost = found(
      at(
        madeStudy(text(3), (run) => (run.seed.label === 0 ? 'diverged' : about(55)(run))),
        'a',
      ),
      good,
    );
    expect([lost.verdict, lost.notes.join(' ')]).toEqual([
      null,
      expect.stringMatching(/1 of 3 runs diverged/),
    ]);
    const dead = found(
      at(
        madeStudy(text(3), () => 10),
        'a',
      ),
      good,
    );
    expect([dead.verdict, dead.notes.join(' ')]).toEqual([
      null,
      expect.stringMatching(/Of the baseline of a its runs did not learn/),
    ]);
  });

  it('tell a margin that differs, other images, and studies of one name by their directories', () => {
    const split = (first: number) => {
      const validation = Array.from({ length: 1000 }, (_, i) => first + i);
      return { checksum: 'c', train: [], validation } as unknown as StudyRecords['split'];
    };
    const a = {
      ...madeStudy(text(3, 'smallestEffect: 2\n'), about(50)),
      split: split(0),
      directory: 'x/made',
    };
    const b = { ...madeStudy(text(3), about(50.2)), split: split(1), directory: 'y/made' };
    const { notes, sentence } = found({ records: a, trial: 'baseline' }, { records: b, trial: 'baseline' });
    expect(sentence).toMatch(/the baseline of x\/made against the baseline of y\/made/);
    expect(notes.join(' ')).toMatch(
      /closer than 1 point.*different validation images.*is 2 in one study and 1 in the other/,
    );
  });

  it('that are judged by different metrics, or were only searched, have no difference', () => {
    const loss = madeStudy(text(3, 'metric: validLoss\nsmallestEffect: 0.1\n'), about(50));
    const accuracy = at(madeStudy(text(3), about(50)), 'b');
    expect(compareAcrossStudies(at(loss, 'a'), accuracy)).toEqual({
      reason:
        'one study is judged by validLoss (last, minimize), the other by validAccuracy (last, maximize)',
    });
    const searched = madeSearch(
      'factors: { schedule: [constant, cosine], learningRate: { values: [0.01, 0.05], role: nuisance } }\nseeds: 3\n',
      about(50),
    );
    const unchosen = searched
      .search!.runs.map(({ record }) => record.trialName)
      .find((name) => !searched.runs.some(({ record }) => record.trialName === name));
    expect(compareAcrossStudies(at(searched, 's', unchosen!), accuracy)).toEqual({
      reason: 'runs of a search carry no verdict',
    });
  });
});
