/** A study whose runs end at given values of the validation accuracy, for tests of what is concluded from them. */

import { selectTrials } from '../../src/analysis/search/selection.js';
import type { LoadedRun, StudyRecords } from '../../src/store/records.js';
import { planRuns } from '../../src/study/expand.js';
import { parseStudy } from '../../src/study/parse.js';
import type { Run } from '../../src/study/types.js';
import { exampleRun } from './exampleStudy.js';

const HEAD = `name: made
question: Does it matter?
dataset: { name: synthetic }
network: { name: mobilenet, width: 0.25 }
training: { epochs: 4 }
baseline: { learningRate: 0.05, schedule: constant, weightDecay: 0, activation: relu }
`;

/** Accuracy in per cent of a run that finished; a run that diverged, is running, or does not exist. */
export type Ending = number | 'diverged' | 'interrupted' | 'failed' | 'missing';

/** `text`: further keys of the study file. */
export function madeStudy(text: string, ending: (run: Run) => Ending): StudyRecords {
  const study = parseStudy(HEAD + text);
  const { found, missing } = madeRuns(planRuns(study, 'made'), ending);
  return { directory: 'made', study, runs: found, missing, outside: [], looks: [], split: null };
}

function madeRuns(runs: readonly Run[], ending: (run: Run) => Ending) {
  const found: LoadedRun[] = [];
  const missing: StudyRecords['missing'][number][] = [];
  for (const run of runs) {
    const end = ending(run);
    if (end === 'missing') missing.push({ id: run.id, trialName: run.trial.name, seed: run.seed });
    else found.push(madeRun(run, end));
  }
  return { found, missing };
}

function madeRun(run: Run, end: Exclude<Ending, 'missing'>): LoadedRun {
  const accuracy = typeof end === 'number' ? end / 100 : 0.1;
  const over = (from: number, to: number) => [0, 1, 2, 3].map((i) => (i === 0 ? from : to));
  const whole = {
    trainLoss: over(3, 1),
    trainAccuracy: over(0.2, accuracy + 0.2),
    validLoss: over(3, 2 - accuracy),
    validAccuracy: over(0.1, accuracy),
    trainEvalAccuracy: over(0.2, accuracy + 0.25),
  };
  const status = typeof end === 'number' ? 'done' : end;
  const curves = Object.fromEntries(
    Object.entries(whole).map(([name, values]) => [name, values.slice(0, status === 'done' ? 4 : 2)]),
  );
  return exampleRun(curves, { status, run });
}

/**
 * A study with nuisance factors whose search and selection are done, unless `selected` is false. `ending` gives the runs
 * of both stages (`run.stage`).
 */
export function madeSearch(text: string, ending: (run: Run) => Ending, selected = true): StudyRecords {
  const study = parseStudy(HEAD + text);
  const search = planRuns(study, 'made').filter(({ stage }) => stage === 'search');
  const runs = search.map((run) => madeRun(run, ending(run) as Exclude<Ending, 'missing'>));
  const levels = selected ? selectTrials(study, runs) : [];
  const metric = study.selection!.metric;
  const selection = selected ? { at: '', metric, seeds: [1000], basis: '', levels } : null;
  const finals = planRuns(study, 'made', levels).filter(({ stage }) => stage === 'final');
  const { found, missing } = madeRuns(finals, ending);
  const rest = { outside: [], looks: [], split: null };
  return {
    directory: 'made',
    study,
    runs: found,
    missing,
    ...rest,
    search: { runs, missing: [], selection },
  };
}
