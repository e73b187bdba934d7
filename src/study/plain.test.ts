import { expect, test } from 'vitest';
import { CeterisError } from '../base/errors.js';
import { parseStudy } from './parse.js';
import type { StudyObject } from './plain.js';

const text = `
name: s
dataset: { name: synthetic, classes: 4 }
training: { epochs: 3, optimizer: { name: adam } }
baseline: { schedule: cosine }
factors:
  learningRate: [0.01, 0.1]
  training.batchSize: { values: [16, 32], role: nuisance }
trials: [{ weightDecay: 0.1 }]
seeds: { data: 0, initial: [0, 1] }
`;
const object = {
  name: 's',
  dataset: { name: 'synthetic', classes: 4 },
  training: { epochs: 3, optimizer: { name: 'adam' } },
  baseline: { schedule: 'cosine' },
  factors: { learningRate: [0.01, 0.1], 'training.batchSize': { values: [16, 32], role: 'nuisance' } },
  trials: [{ weightDecay: 0.1 }],
  seeds: { data: 0, initial: [0, 1] },
} as const satisfies StudyObject;

/** What is said of a study that is not valid. */
function complaint(study: unknown, set: readonly string[] = []): string {
  try {
    parseStudy(study as StudyObject, { set });
  } catch (error) {
    expect(error).toBeInstanceOf(CeterisError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

test('an object is the study that its text is, and stays as it was', () => {
  const before = structuredClone(object);
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  };
  freeze(object);
  expect(parseStudy(object)).toEqual(parseStudy(text));
  expect(parseStudy(object, { set: ['training.epochs=5'] }).baseline.training.epochs).toBe(5);
  expect(object).toEqual(before);
});

test('keys that are undefined or null are not there', () => {
  const { trials, ...rest } = object;
  const plain = parseStudy(rest);
  expect(parseStudy({ ...rest, question: undefined, trials: undefined })).toEqual(plain);
  expect(parseStudy({ ...rest, trials: null } as unknown as StudyObject)).toEqual(plain);
});

test('a resolved study is taken again, also one whose trials repeat each other', () => {
  const study = parseStudy(text);
  expect(parseStudy(study)).toEqual(study);
  const drawn = parseStudy({
    ...object,
    method: { name: 'random', trials: 3, seed: 1 },
    factors: { learningRate: { min: 0.001, max: 0.1, distribution: 'log-uniform' } },
    trials: [],
  });
  expect(parseStudy(drawn)).toEqual(drawn);
});

test('a study of a command is given as an object as well', () => {
  const study = parseStudy({
    name: 'c',
    trainer: { command: ['train', '--lr', '{lr}', '{seed}', '{run}'], timeout: '2 h' },
    baseline: { lr: 0.1 },
    factors: { lr: [0.1, 0.2] },
  });
  const written = `
name: c
trainer: { command: [train, --lr, '{lr}', '{seed}', '{run}'], timeout: 2 h }
baseline: { lr: 0.1 }
factors: { lr: [0.1, 0.2] }
`;
  expect(study).toEqual(parseStudy(written));
  expect(parseStudy(study)).toEqual(study);
});

test('errors are those of a file, with the path of the key in place of a line', () => {
  const wrong = { ...object, training: { epochs: 0, batchsize: 4 } };
  const said = complaint(wrong);
  expect(said).toMatch(/^the study has 2 problems/);
  expect(said).toMatch(/training\.epochs: this value is not possible\n +rule: +at least 1\n +value: 0/);
  expect(said).toMatch(/training\.batchsize: there is no such key[\s\S]*did you mean batchSize\?/);
  const ofText = complaint('name: s\ndataset: { name: synthetic }\ntraining: { epochs: 0, batchsize: 4 }\n');
  expect(ofText.replaceAll(/ \(line \d+\)/g, '').replace('the study file', 'the study')).toBe(said);
  expect(complaint({ ...object, formatVersion: 99 })).toMatch(/newer version[\s\S]*the study: formatVersion/);
  expect(complaint(object, ['training.epochs=x'])).toMatch(/training\.epochs \(--set training\.epochs=x\)/);
  expect(complaint({ ...object, smallestEffect: Number.NaN })).toMatch(
    /smallestEffect[\s\S]*a number[\s\S]*NaN/,
  );
});

test('what no file could hold is refused by the path of its key', () => {
  expect(complaint({ ...object, question: () => 'why' })).toMatch(/question[\s\S]*plain data[\s\S]*function/);
  expect(complaint({ ...object, seeds: Int32Array.of(1, 2) })).toMatch(/seeds[\s\S]*Int32Array/);
  expect(complaint({ ...object, report: { authors: ['a', undefined] } })).toMatch(
    /report\.authors\.1[\s\S]*undefined/,
  );
  const round: Record<string, unknown> = { ...object };
  round.report = { title: round };
  expect(complaint(round)).toMatch(/report\.title[\s\S]*it holds itself/);
});

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  [[object], '\\[\\{'],
  [7, '7'],
  [new Map([['name', 's']]), 'Map'],
])('%s is no study', (value, shown) => {
  expect(complaint(value)).toMatch(new RegExp(`the study is no map of keys[\\s\\S]*value: ${shown}`));
});
