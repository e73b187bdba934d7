import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { factorPaths } from './factors.js';
import { findKeys, keyReference } from './keyReference.js';
import { keysPage } from './keysPage.js';
import { studyKeys } from './newStudy.js';
import { parseStudy } from './parse.js';

const entry = (path: string) => keyReference().find((one) => one.path === path);
const pathsOf = (word: string) => findKeys(word).map(({ path }) => path);

test('every key of the schema and every factor stands in it, with a meaning', () => {
  const paths = keyReference().map(({ path }) => path);
  for (const { path } of studyKeys) expect(paths).toContain(path);
  expect(keyReference().flatMap(({ factor }) => factor ?? [])).toEqual(
    expect.arrayContaining([...factorPaths]),
  );
  expect(keyReference().filter(({ description, values }) => description === '' || values === '')).toEqual([]);
});

test('values, defaults and choices', () => {
  expect(entry('training.optimizer')).toMatchObject({ values: '{ name: sgd | adam | adamw, ... }' });
  expect(entry('training.optimizer.beta1')).toMatchObject({
    of: ['adam', 'adamw'],
    values: 'number from 0 below 1',
    default: '0.9',
    factor: 'training.optimizer.beta1',
  });
  expect(entry('baseline.schedule')).toMatchObject({
    values: 'constant | cosine | { name: constant | cosine | step, ... }',
    default: '"constant"',
    factor: 'schedule',
  });
  expect(entry('baseline.schedule.warmup')).toMatchObject({
    of: [],
    values: 'whole number from 0',
    factor: null,
  });
  expect(entry('baseline.schedule.every')).toMatchObject({ of: ['step'], isRequired: true });
  expect(entry('dataset.augment')).toMatchObject({ default: '["crop","flip"]; synthetic: []' });
  expect(entry('training.logSteps')?.factor).toBeNull();
  expect(entry('name')).toMatchObject({ isRequired: true, default: null });
});

test('what is told as a default is the default', () => {
  const { baseline } = parseStudy('name: s\ndataset: { name: cifar10 }\n');
  const { training, learningRate } = baseline;
  expect(entry('training.epochs')?.default).toBe(String(training.epochs));
  expect(entry('training.optimizer.momentum')?.default).toBe(String(training.optimizer.momentum));
  expect(entry('baseline.learningRate')?.default).toBe(String(learningRate));
});

test('adamw, warmup, hardSwish and lr are found', () => {
  expect(pathsOf('adamw')).toEqual(expect.arrayContaining(['training.optimizer', 'training.optimizer.name']));
  expect(pathsOf('warmup')).toEqual(['baseline.schedule.warmup']);
  expect(pathsOf('hardSwish')).toContain('baseline.activation');
  expect(pathsOf('lr')).toEqual(['baseline.learningRate']);
  expect(pathsOf('learningRate')).toEqual(['baseline.learningRate']);
  expect(pathsOf('training.optimizer')).toHaveLength(8);
  expect(() => findKeys('warmpu')).toThrow(/did you mean warmup\?/);
  expect(() => findKeys('training.schedule')).toThrow(/did you mean baseline\.schedule\?/);
});

test('docs/keys.md is what npm run docs:keys makes', () => {
  expect(readFileSync(new URL('../../docs/keys.md', import.meta.url), 'utf8')).toBe(keysPage());
});
