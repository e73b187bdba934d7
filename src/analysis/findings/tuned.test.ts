import { describe, expect, it } from 'vitest';
import { madeSearch } from '../../../test/support/madeStudy.js';
import { plannedFamily } from '../../plan/family.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { groupStudy } from '../trials/study.js';
import { isDeclared } from '../words/results.js';
import { declaredFamily } from './family.js';

const TUNED =
  'factors: { schedule: [constant, cosine], learningRate: { values: [0.01, 0.05, 0.2], role: nuisance } }\nseeds: 3\n';
const GRID = `method: grid
factors:
  schedule: [constant, cosine]
  weightDecay: [0, 0.01]
  learningRate: { values: [0.05, 0.2], role: nuisance }
seeds: 3
`;

const around = (centre: number, { seed }: Run) => centre + [-0.3, 0, 0.3][seed.label % 3]!;
const isCosine = ({ trial }: Run) => trial.levels.schedule === 'cosine';
const confirmed = (records: ReturnType<typeof madeSearch>) => analyse(records).findings.filter(isDeclared);

/** The search likes 0.2 for cosine and 0.05 for constant; the fresh runs are 5 points apart. */
const ending = (run: Run) => {
  const best = isCosine(run) ? 0.2 : 0.05;
  if (run.stage === 'search') return run.trial.levels.learningRate === best ? 70 : 40;
  return around(isCosine(run) ? 55 : 50, run);
};

describe('a one-factor study with a nuisance factor', () => {
  it('compares the fresh runs of the chosen trials, and not the search', () => {
    const [only, ...more] = confirmed(madeSearch(TUNED, ending));
    expect(more).toEqual([]);
    expect(only).toMatchObject({ id: 'schedule=cosine:validAccuracy', verdict: 'supported', n: [3, 3] });
    // By R: t.test(c(54.7, 55, 55.3), c(49.7, 50, 50.3)): [4.320, 5.680]; the search would give 0.
    expect(only!.estimate).toBeCloseTo(0.05, 11);
    expect(only!.interval!.low).toBeCloseTo(0.043199, 5);
  });

  it('says what was held, and that each level has its own nuisance levels', () => {
    const [only] = confirmed(madeSearch(TUNED, ending));
    expect(only!.held).toBe(
      'weight decay 0, activation relu, mobilenet of width 0.25, sgd, 4 epochs, batch size 128; not fixed: learning rate, chosen by the search for each level (0.2 for schedule cosine; 0.05 for schedule constant)',
    );
  });

  it('is provisional before the selection and while fresh runs are open', () => {
    expect(confirmed(madeSearch(TUNED, ending, false)).map(({ verdict }) => verdict)).toEqual(['not run']);
    const half = (run: Run) => (run.stage === 'final' && run.seed.label === 2 ? 'missing' : ending(run));
    expect(confirmed(madeSearch(TUNED, half)).map(({ verdict }) => verdict)).toEqual(['provisional']);
  });

  it('cannot test a level of which no trial of the search trained to its end', () => {
    const bad = (run: Run) => (run.stage === 'search' && isCosine(run) ? 'diverged' : ending(run));
    const [only] = confirmed(madeSearch(TUNED, bad));
    expect(only).toMatchObject({ verdict: 'not testable', estimate: null });
    expect(only!.sentence).toMatch(
      /no trial of the search at schedule cosine trained to its end, so none was chosen\.$/,
    );
  });

  it('holds an explicit trial against the chosen trial of the baseline', () => {
    const text = `${TUNED}trials: [{ schedule: cosine, learningRate: 0.3 }]\n`;
    const [, trial] = confirmed(madeSearch(text, ending));
    expect(trial).toMatchObject({ verdict: 'supported', n: [3, 3] });
    expect(trial!.sentence).toMatch(
      /^Schedule cosine with learning rate 0.3 gives a higher .* than the baseline/,
    );
    expect(trial!.held).toMatch(/\(0.3 as given for the trial; 0.05 for schedule constant\)$/);
  });
});

describe('a grid with a nuisance factor', () => {
  const at = (run: Run) =>
    run.stage === 'search'
      ? ending(run)
      : around((isCosine(run) ? 55 : 50) + (run.trial.levels.weightDecay ? 1 : 0), run);
  const records = madeSearch(GRID, at);

  it('has main effects over the chosen trials, and the interaction', () => {
    const all = confirmed(records);
    expect(all.map(({ id, n }) => [id, n])).toEqual([
      ['schedule=cosine:validAccuracy', [3, 3, 3, 3]],
      ['weightDecay=0.01:validAccuracy', [3, 3, 3, 3]],
      ['schedule=cosine x weightDecay=0.01:validAccuracy', [3, 3, 3, 3]],
    ]);
    expect(all.map(({ estimate }) => Math.round(estimate! * 1e8) / 1e8 + 0)).toEqual([0.05, 0.01, 0]);
    expect(all[0]!.held).toMatch(
      /averaged over weight decay \(0, 0\.01\); not fixed: learning rate, chosen by the search for each combination of levels$/,
    );
  });

  it('plans the family that it decides', () => {
    const planned = plannedFamily(records.study);
    expect(planned.map(({ contrasts }) => contrasts)).toEqual([1, 1, 1]);
    expect(planned.map(({ coefficients }) => coefficients)).toEqual(
      declaredFamily(groupStudy(records)).contrasts.map(({ cells }) =>
        cells.map(({ coefficient }) => coefficient),
      ),
    );
  });
});
