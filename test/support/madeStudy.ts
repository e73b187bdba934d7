/** A study whose runs end at given values of the validation accuracy, for tests of what is concluded from them. */

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
  const runs: LoadedRun[] = [];
  const missing: StudyRecords['missing'][number][] = [];
  for (const run of planRuns(study, 'made')) {
    const end = ending(run);
    if (end === 'missing') missing.push({ id: run.id, trialName: run.trial.name, seed: run.seed });
    else runs.push(madeRun(run, end));
  }
  return { directory: 'made', study, runs, missing, outside: [], looks: [], split: null };
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
