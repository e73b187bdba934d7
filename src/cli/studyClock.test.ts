import { expect, test } from 'vitest';
import { parseStudy } from '../study/parse.js';
import { longStudyAdvice } from './progress.js';
import { StudyClock } from './studyClock.js';

const study = parseStudy('name: s\ndataset: { name: cifar100 }\ntraining: { epochs: 10 }\n');

function started(runs: number, workers: number) {
  let now = 0;
  const clock = new StudyClock(() => now);
  clock.start({
    type: 'study-started',
    study,
    stage: 'final',
    directory: '',
    runs: Array.from({ length: runs }, (_, i) => ({
      id: `${i}`,
      name: `${i}`,
      status: 'waiting',
      epochs: 10,
    })),
    examples: { train: 3000, validation: 1000, test: 0 },
    workers,
    threads: 1,
    device: 'CPU',
    lockstep: 1,
    notes: [],
  });
  return {
    clock,
    at: (seconds: number) => {
      now = seconds;
    },
  };
}

test('the pace is that of training and evaluation, without the start', () => {
  const { clock, at } = started(4, 2);
  expect(clock.secondsLeft).toBeNaN();
  clock.runStarted('0', 0);
  clock.runStarted('1', 0);
  at(100);
  clock.stepDone('0', 1, 0.1);
  clock.stepDone('1', 1, 0.1);
  expect(clock.isMeasured).toBe(false);
  // 0.8 of the training part of an epoch in 80 s; an evaluation of a third of the images adds a ninth.
  at(180);
  clock.stepDone('0', 1, 0.9);
  clock.stepDone('1', 1, 0.9);
  expect(clock.isMeasured).toBe(true);
  const epoch = 100 * (10 / 9);
  expect(clock.runSecondsLeft('0')).toBeCloseTo(10 * epoch - 90, 6);
  // Four runs, two at a time.
  expect(clock.secondsLeft).toBeCloseTo((40 * epoch - 180) / 2, 6);
  clock.runEnded('0', 'failed');
  expect(clock.counts).toBe('0 of 4 runs done, 1 running, 1 failed');
});

test('the last run alone takes its own time, on however many workers', () => {
  const { clock, at } = started(2, 2);
  clock.runStarted('0', 4);
  clock.runEnded('1', 'done');
  at(1);
  clock.epochDone('0', 5);
  at(11);
  clock.epochDone('0', 6);
  expect(clock.secondsLeft).toBeCloseTo(40, 6);
  expect(clock.progress).toEqual({ done: 16, total: 20 });
});

test('above two hours something that fits an evening is named', () => {
  expect(longStudyAdvice(study, 7000)).toBe('');
  expect(longStudyAdvice(study, 8000)).toContain('studies/ai6103-cpu.yaml');
  const synthetic = parseStudy('name: s\ndataset: { name: synthetic }\ntraining: { epochs: 10 }\n');
  expect(longStudyAdvice(synthetic, 14400)).toContain('--set training.epochs=5');
});
