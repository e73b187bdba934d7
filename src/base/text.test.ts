import { expect, test } from 'vitest';
import { formatTable, packed, shorten } from './text.js';

test('a name keeps its beginning and its end', () => {
  expect(shorten('learningRate=0.2,seed=0', 30)).toBe('learningRate=0.2,seed=0');
  expect(shorten('learningRate=0.2,seed=0', 13)).toBe('learni…seed=0');
  expect([shorten('abc', 1), shorten('abc', 0)]).toEqual(['…', '']);
});

const rows = [
  ['trial', 'n', 'train acc', 'valid acc', 'status'],
  ['baseline', '3', '41.25%', '38.50%', 'done'],
  ['learningRate=0.2,activation=sigmoid in blocks 4-10', '3', '100.00%', '8.00%', '2 done, 1 diverged'],
];
const numbers = ['41.25%', '38.50%', '100.00%', '8.00%', '2 done, 1 diverged'];

test.each([120, 90, 80, 60, 50, 30])('a table of %d columns: names give way, numbers do not', (width) => {
  const text = formatTable(rows, { width });
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  for (const number of numbers) expect(text).toContain(number);
});

test('without a bound nothing is shortened; in narrow ones each row is a block', () => {
  expect(formatTable(rows)).toContain('learningRate=0.2,activation=sigmoid in blocks 4-10');
  expect(formatTable(rows, { width: 80 })).toMatch(/learningRate=0\.\S*….* 4-10 +3/);
  expect(formatTable(rows, { width: 30 })).toMatch(
    /^baseline\n {2}n 3 {2}train acc 41\.25%\n {2}valid acc 38\.50%/,
  );
});

test('names in the heads are shortened there', () => {
  const compared = [
    ['measure', 'learningRate=0.2,activation=relu', 'learningRate=0.2,activation=sigmoid'],
    ['validation accuracy', '41.00 ± 0.12%', '38.00%'],
  ];
  const text = formatTable(compared, { width: 60, names: 'heads' });
  expect(text.split('\n')[1]).toMatch(/^validation accuracy +41\.00 ± 0\.12% +38\.00%$/);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
});

test('facts are packed and none is cut', () => {
  expect(packed(['epoch 1/3', 'left 2 min', 'a fact that is longer'], 22)).toEqual([
    'epoch 1/3  left 2 min',
    'a fact that is longer',
  ]);
});
