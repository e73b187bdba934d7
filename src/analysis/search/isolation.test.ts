import { describe, expect, test } from 'vitest';
import { exampleRun } from '../../../test/support/exampleStudy.js';
import { maxOf, minOf } from '../../base/extremes.js';
import type { LoadedRun, SelectionRecord, StudyRecords } from '../../store/records.js';
import { planRuns } from '../../study/expand.js';
import { parseStudy } from '../../study/parse.js';
import type { ResolvedStudy, Run } from '../../study/types.js';
import { analyse } from '../analyse.js';
import { levelGroups } from '../trials/levels.js';
import { isolation } from './isolation.js';
import { edgeOf, untriedBeyond } from './isolationEdge.js';
import { selectTrials } from './selection.js';

const text = `
name: s
dataset: { name: synthetic }
training: { epochs: 3 }
factors: { schedule: [constant, cosine], learningRate: { values: [0.01, 0.1, 1], role: nuisance } }
seeds: 3
`;
const study = parseStudy(text);

type Outcome = (run: Run) => { accuracy: number; status?: LoadedRun['record']['status'] };

function made(runs: readonly Run[], outcome: Outcome): LoadedRun[] {
  return runs.map((run) => {
    const { accuracy, status = 'done' } = outcome(run);
    return exampleRun({ validAccuracy: [accuracy, accuracy, accuracy] }, { run, status });
  });
}

const rate = (run: Run) => run.trial.configuration.learningRate;
const runsOf = (one: ResolvedStudy, stage: Run['stage'], choices: SelectionRecord['levels'] = []) =>
  planRuns(one, 'sum', choices).filter((run) => run.stage === stage);

describe('selection', () => {
  test('the best mean over the seeds of the search; of equals the first', () => {
    const two = parseStudy(`${text}selection: { seeds: 2 }`);
    const search = made(runsOf(two, 'search'), (run) => ({
      accuracy: rate(run) === 0.1 ? 0.25 + 0.5 * (run.seed.label - 1000) : 0.5,
    }));
    expect(selectTrials(two, search).map(({ chosen, value, finished }) => [chosen, value, finished])).toEqual(
      [
        [{ learningRate: 0.01 }, 0.5, 3],
        [{ learningRate: 0.01 }, 0.5, 3],
      ],
    );
  });

  test('a trial that diverged with one seed cannot be chosen; where all did, none is', () => {
    const search = made(runsOf(study, 'search'), (run) => ({
      accuracy: rate(run) === 0.1 ? 0.25 : 0.125,
      status: rate(run) === 1 || run.trial.configuration.schedule === 'cosine' ? 'diverged' : 'done',
    }));
    expect(selectTrials(study, search)).toEqual([
      {
        name: 'baseline',
        levels: { schedule: 'constant' },
        chosen: { learningRate: 0.1 },
        value: 0.25,
        trials: 3,
        finished: 2,
      },
      {
        name: 'schedule=cosine',
        levels: { schedule: 'cosine' },
        chosen: null,
        value: null,
        trials: 3,
        finished: 0,
      },
    ]);
  });

  test('a rule that is minimized', () => {
    const lowest = parseStudy(`${text}selection: { metric: { name: validAccuracy, goal: minimize } }`);
    const search = made(runsOf(lowest, 'search'), (run) => ({ accuracy: rate(run) }));
    expect(selectTrials(lowest, search)[0].chosen).toEqual({ learningRate: 0.01 });
  });
});

function recordsOf(outcome: Outcome, isSelected = true): StudyRecords {
  const search = made(runsOf(study, 'search'), outcome);
  const levels = isSelected ? selectTrials(study, search) : [];
  const metric = study.selection!.metric;
  const selection = isSelected ? { at: '', metric, seeds: [1000], basis: '', levels } : null;
  const runs = made(runsOf(study, 'final', levels), (run) => ({ accuracy: 0.3 + 0.1 * run.seed.label }));
  const rest = { missing: [], outside: [], looks: [], split: null };
  return { directory: '', study, runs, ...rest, search: { runs: search, missing: [], selection } };
}

describe('isolation', () => {
  test('each level with its chosen trial, the search value, and the fresh runs with their interval', () => {
    const table = isolation(recordsOf((run) => ({ accuracy: rate(run) === 0.1 ? 0.9 : 0.5 })));
    const [first] = table!.rows;
    expect(table!.rows.map(({ label }) => label)).toEqual(['schedule constant', 'schedule cosine']);
    expect(first).toMatchObject({ searchValue: 0.9, trials: 3, finished: 3 });
    expect(first.chosen).toEqual([{ path: 'learningRate', value: 0.1, edge: null, untried: null }]);
    expect(first.fresh.n).toBe(3);
    expect(first.fresh.mean).toBeCloseTo(0.4);
    // t(0.975, 2) = 4.302653, sd = 0.1
    expect(first.fresh.interval!.high).toBeCloseTo(0.4 + (4.302653 * 0.1) / Math.sqrt(3), 5);
    expect(table!.notes).toEqual([]);
  });

  test('a chosen level at the edge is told', () => {
    const table = isolation(recordsOf((run) => ({ accuracy: rate(run) })));
    expect(table!.notes[0]).toBe(
      'For schedule constant the chosen learning rate 1 lies at the upper edge of what was searched: widen it.',
    );
  });

  test('so is the outermost draw of a range, beyond which nothing was tried', () => {
    const drawn = parseStudy(
      `name: s\ndataset: { name: synthetic }\ntraining: { epochs: 3 }\nmethod: { name: one-factor, trials: 4, seed: 6 }
factors: { schedule: [constant, cosine], learningRate: { min: 0.001, max: 10, distribution: log-uniform, role: nuisance } }\nseeds: 3\n`,
    );
    const rates = drawn.factors[1]!.levels.filter((level) => typeof level === 'number');
    const [least, most] = [minOf(rates), maxOf(rates)];
    expect(untriedBeyond(drawn, 'learningRate', least)).toEqual([0.001, least]);
    expect(untriedBeyond(drawn, 'learningRate', most)).toEqual([most, 10]);
    expect(
      untriedBeyond(drawn, 'learningRate', rates.find((one) => one !== least && one !== most)!),
    ).toBeNull();
    // At the range's own edge it is told to widen it instead; of listed levels there is nothing between.
    expect(untriedBeyond(drawn, 'learningRate', 0.0011)).toBeNull();
    const edged = parseStudy(text, {
      set: [
        'method={ name: one-factor, trials: 4, seed: 0 }',
        'factors.learningRate={ min: 0.001, max: 10, distribution: log-uniform, role: nuisance }',
      ],
    });
    const highest = maxOf(edged.factors[1]!.levels.filter((level) => typeof level === 'number'));
    expect([edgeOf(edged, 'learningRate', highest), untriedBeyond(edged, 'learningRate', highest)]).toEqual([
      'upper',
      null,
    ]);
    expect(untriedBeyond(study, 'learningRate', 1)).toBeNull();
    const search = made(runsOf(drawn, 'search'), (run) => ({ accuracy: 0.9 - 0.01 * rate(run) }));
    const levels = selectTrials(drawn, search);
    const selection = { at: '', metric: drawn.selection!.metric, seeds: [1000], basis: '', levels };
    const runs = made(runsOf(drawn, 'final', levels), (run) => ({ accuracy: 0.3 + 0.1 * run.seed.label }));
    const rest = { missing: [], outside: [], looks: [], split: null };
    const records = {
      directory: '',
      study: drawn,
      runs,
      ...rest,
      search: { runs: search, missing: [], selection },
    };
    expect(isolation(records)!.notes[0]).toBe(
      `For schedule constant the chosen learning rate ${least} is the lowest of those drawn: nothing was tried from 0.001 to ${least}.`,
    );
    expect(analyse(records).statements).toContainEqual(
      expect.stringMatching(
        /^Of 2 of 2 levels the search chose the outermost of what it tried: they may do better/,
      ),
    );
  });

  test('before the selection, without a finished trial, and after the search was changed', () => {
    const open = isolation(recordsOf(() => ({ accuracy: 0.5 }), false));
    expect(open!.rows[0]).toMatchObject({ chosen: null, searchValue: null });
    expect(open!.rows[0].fresh.n).toBe(0);
    const none = isolation(recordsOf(() => ({ accuracy: 0.5, status: 'diverged' })));
    expect(none!.notes[0]).toMatch(/no trial of the search trained to its end/);
    const records = recordsOf(() => ({ accuracy: 0.5 }));
    const grown = parseStudy(text, { set: ['factors.learningRate.values=[0.01, 0.1, 1, 2]'] });
    expect(isolation({ ...records, study: grown })!.notes.at(-1)).toMatch(/among 3 trials.*now names 4/);
    expect(isolation({ ...records, study: parseStudy('name: s\ndataset: { name: synthetic }') })).toBeNull();
  });

  test('levels of a one-factor study keep their fresh runs, whatever nuisance levels were chosen', () => {
    const records = recordsOf((run) => ({ accuracy: rate(run) }));
    const groups = levelGroups(records, study.factors[0]);
    expect(groups.map(({ runs, isBaseline, mixed }) => [runs.length, isBaseline, mixed])).toEqual([
      [3, true, false],
      [3, false, false],
    ]);
  });
});

describe('edges', () => {
  const withFactor = (factor: string) =>
    parseStudy(
      `name: s\ndataset: { name: synthetic }\nmethod: { name: random, trials: 3 }\nfactors: { ${factor} }`,
    );

  test('of a range: its outer tenths, on its own scale', () => {
    const log = withFactor('learningRate: { min: 0.001, max: 1, distribution: log-uniform, role: nuisance }');
    expect([0.0019, 0.0021, 0.4, 0.6].map((value) => edgeOf(log, 'learningRate', value))).toEqual([
      'lower',
      null,
      null,
      'upper',
    ]);
    const int = withFactor('training.batchSize: { min: 8, max: 64, distribution: int, role: nuisance }');
    expect(edgeOf(int, 'training.batchSize', 10)).toBe('lower');
    expect(edgeOf(int, 'training.batchSize', 30)).toBeNull();
  });

  test('where nothing lies beyond it, an edge is none', () => {
    const decay = withFactor('weightDecay: { values: [0, 0.1, 0.2], role: nuisance }');
    expect([0, 0.1, 0.2].map((value) => edgeOf(decay, 'weightDecay', value))).toEqual([null, null, 'upper']);
    const words = withFactor('schedule: { values: [constant, cosine], role: nuisance }');
    expect(edgeOf(words, 'schedule', 'cosine')).toBeNull();
  });
});
