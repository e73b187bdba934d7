import { expect, it } from 'vitest';
import { planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import type { RunRecord } from './records.js';
import { matchRuns, runState } from './runState.js';
import { waitingRecord } from './waitingRecord.js';

const study = (epochs: string) =>
  parseStudy(
    `name: s\ndataset: { name: synthetic }\nfactors: { training.epochs: ${epochs} }\nbaseline: {}\ntraining: { epochs: 4 }\nseeds: 1\n`,
  );
const [run] = planRuns(study('[4]'), 'sum');
const record = (changes: Partial<RunRecord>): RunRecord => ({ ...waitingRecord(run!, 'sum'), ...changes });

it('tells what is left to do of a run', () => {
  const of = (changes: Partial<RunRecord>, epochs = 4) => {
    const { status, epochsDone, next } = runState(record(changes), epochs);
    return `${status} ${epochsDone} ${next}`;
  };
  expect(runState(undefined, 4)).toEqual({ status: 'waiting', epochsDone: 0, next: 'start' });
  expect(of({ status: 'done', epochsDone: 4, epochs: 4 })).toBe('done 4 none');
  expect(of({ status: 'diverged', epochsDone: 1, epochs: 2 })).toBe('diverged 1 none');
  expect(of({ status: 'running', epochsDone: 2, epochs: 4 })).toBe('interrupted 2 continue');
  expect(of({ status: 'done', epochsDone: 4, epochs: 4 }, 6)).toBe('interrupted 4 continue');
  expect(of({ status: 'failed', epochsDone: 0, epochs: 4 })).toBe('failed 0 start');
  // Stopped at epoch 5 of 6: a run of 4 cannot go back to its end.
  expect(of({ status: 'interrupted', epochsDone: 5, epochs: 6 })).toBe('interrupted 0 start');
});

it('gives each planned run its own run on disk, the one of its own length first', () => {
  const planned = planRuns(study('[2, 4]'), 'sum');
  const found = [
    { record: record({ epochs: 4, epochsDone: 4 }) },
    { record: record({ epochs: 2, epochsDone: 2 }) },
    { record: record({ epochs: 9, epochsDone: 1 }) },
  ];
  const { own, left } = matchRuns(planned, found, () => true);
  expect(planned.map((one) => own.get(one)?.record.epochs)).toEqual(
    planned.map(({ trial }) => trial.configuration.training.epochs),
  );
  expect(left.map((one) => one.record.epochs)).toEqual([9]);
});
