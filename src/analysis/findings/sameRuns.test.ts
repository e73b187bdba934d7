import { expect, it } from 'vitest';
import { commandStudy, risingTo } from '../../../test/support/commandStudy.js';
import { madeStudy } from '../../../test/support/madeStudy.js';
import type { Run } from '../../study/types.js';
import { analyse } from '../analyse.js';

const GRID = 'method: grid\nfactors: { learningRate: [0.01, 0.05], weightDecay: [0, 0.1] }\nseeds: 3\n';
const ending = ({ seed }: Run) => 50 + [-0.3, 0, 0.3][seed.label]!;

it('levels whose runs are the same, seed by seed, are equivalent with a doubt', () => {
  const said = (text: string, end: (run: Run) => number) =>
    analyse(madeStudy(text, end)).findings.filter(({ family }) => family === 'confirmatory');
  const [finding] = said('factors: { learningRate: [0.01, 0.05] }\nseeds: 3\n', ending);
  expect(finding).toMatchObject({ verdict: 'equivalent' });
  expect(finding).toHaveProperty('doubt', expect.stringMatching(/never reached what trains/));
  expect(finding!.notes[0]).toMatch(/Seed by seed and epoch by epoch/);
  const far = said(
    'factors: { learningRate: [0.01, 0.05] }\nseeds: 3\n',
    (run) => ending(run) + 0.001 * run.trial.index,
  );
  expect(far[0]).toMatchObject({ verdict: 'equivalent', doubt: null });
  // Of a grid: one factor works, the other one has not reached what trains.
  const grid = said(GRID, (run) => ending(run) + (run.trial.levels.learningRate === 0.01 ? 5 : 0));
  expect(grid.map((one) => [one.factor, 'doubt' in one && one.doubt !== null])).toEqual([
    ['learningRate', false],
    ['weightDecay', true],
    ['learningRate x weightDecay', true],
  ]);
});

it('runs of a command that end at different epochs are told with the finding', () => {
  const metric = { name: 'valid/f1', goal: 'maximize' };
  const notes = (length: (run: Run) => number) =>
    analyse(
      commandStudy({
        metric,
        curves: (run) => ({
          'valid/f1': risingTo(0.8 + 0.1 * run.trial.index, run.seed.label).slice(0, length(run)),
        }),
      }),
    ).findings.flatMap((one) => one.notes);
  expect(notes(({ seed }) => (seed.label === 1 ? 4 : 6)).join(' ')).toMatch(/end after 4 to 6 epochs/);
  expect(notes(() => 6).join(' ')).not.toMatch(/end after/);
});
