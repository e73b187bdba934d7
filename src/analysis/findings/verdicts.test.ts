/** One word for one strength: a finding and the claim that says the same have the same verdict. */

import { describe, expect, it } from 'vitest';
import { difference, judge } from '../../../test/support/exampleClaims.js';
import { type Ending, madeStudy } from '../../../test/support/madeStudy.js';
import type { StudyRecords } from '../../store/records.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';

const rate = ({ trial }: Run) => trial.levels.learningRate as number;
const centre = (run: Run) => ({ 0.01: 50, 0.05: 55, 0.2: 60 })[rate(run)] ?? 55;
const spread = (run: Run) => centre(run) + [-0.3, 0, 0.3][run.seed.label % 3]!;
const rates = (ending: (run: Run) => Ending, seeds = 3) =>
  madeStudy(`factors: { learningRate: [0.01, 0.05, 0.2] }\nseeds: ${seeds}\n`, ending);
const again = { ...difference, scope: 'configurations' };
const claimed = (records: StudyRecords, claims: readonly Readonly<Record<string, unknown>>[] = [again]) =>
  judge(records, claims).map(({ verdict }) => verdict);

describe('findings and claims', () => {
  const only = (label: number, other: Ending) => (run: Run) =>
    rate(run) === 0.2 && run.seed.label === label ? other : spread(run);

  it.each<[string, StudyRecords]>([
    ['supported', rates(spread)],
    ['no verdict: one seed', rates(spread, 1)],
    ['no verdict: diverged runs', rates(only(1, 'diverged'))],
    ['no verdict: no variation', rates(centre)],
    ['provisional', rates(only(1, 'missing'))],
    ['provisional', rates(only(1, 'interrupted'))],
    ['not run', rates((run) => (rate(run) === 0.2 ? 'missing' : spread(run)))],
  ])('%s', (word, records) => {
    const own = analyse(records, { plan: false }).findings.find(
      ({ id }) => id === 'learningRate=0.2:validAccuracy',
    );
    expect([own!.verdict, ...claimed(records)]).toEqual([word, word]);
  });

  it('name the factor that an effect depends on alike', () => {
    const text =
      'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 3\ninteractions: [[schedule, weightDecay]]\n';
    const grid = madeStudy(text, ({ trial, seed }) => {
      const cosine = trial.levels.schedule === 'cosine';
      return 50 + (cosine ? (trial.levels.weightDecay === 0 ? 4 : -4) : 0) + [-0.3, 0, 0.3][seed.label]!;
    });
    const claim = { ...again, trial: { schedule: 'cosine' }, across: 'weightDecay' };
    const found = analyse(grid, { plan: false }).findings[0]!.verdict;
    expect([found, ...claimed(grid, [claim])]).toEqual(Array(2).fill('depends on weight decay'));
  });
});

describe('the family of the claims', () => {
  const low = { ...again, trial: { learningRate: 0.01 } };
  // Found at 5%, and not as one of many.
  const near = (run: Run) => (rate(run) === 0.2 ? spread(run) - 4 : spread(run));

  it('counts claims that divergence keeps from a test', () => {
    const lost = rates((run) => (rate(run) === 0.01 && run.seed.label === 2 ? 'diverged' : near(run)));
    expect(claimed(lost)).toEqual(['supported']);
    expect(claimed(lost, [again, ...Array<typeof low>(20).fill(low)])[0]).toBe('inconclusive');
  });

  it.each(['missing', 'interrupted', 'failed'] as const)(
    'is decided when no run of the study is open (%s)',
    (end) => {
      const open = rates((run) => (rate(run) === 0.01 && run.seed.label === 2 ? end : spread(run)));
      const [one] = judge(open, [again]);
      expect(one!.verdict).toBe('provisional');
      expect(one!.evidence).toMatch(/8 of 9 runs ended, and Holm’s correction needs all of them/);
      expect(claimed(open, [difference])).toEqual(['supported']);
    },
  );
});
