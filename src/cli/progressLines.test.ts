/** What a person sees of a run under way: the name gives way, the numbers never; what is of which split is said. */
import { describe, expect, test } from 'vitest';
import { epochFacts, progressLines } from './progressLines.js';

type Row = Parameters<typeof epochFacts>[0]['row'];
const row = (values: Partial<Row>) => ({ row: values as Row });
const losses = { trainLoss: 2.3021, trainAccuracy: 0.1234, validLoss: 1.5, validAccuracy: 0.5 };

test('losses and accuracies say of which split they are; what was not measured is left out', () => {
  expect(epochFacts(row(losses))).toEqual(['train loss 2.302 12.3%', 'valid loss 1.500 50.0%']);
  expect(epochFacts(row({ ...losses, trainAccuracy: null, validLoss: null, validAccuracy: null }))).toEqual([
    'train loss 2.302',
  ]);
  expect(epochFacts(row({ ...losses, trainLoss: 123456, 'valid/f1': 0.25 } as Partial<Row>))).toEqual([
    'train loss 1.23e+5 12.3%',
    'valid loss 1.500 50.0%',
    'valid/f1 0.250',
  ]);
});

describe('a line of progress', () => {
  const name = 'activation=sigmoid,learningRate=0.00125,weightDecay=0.0005,seed=12';
  const facts = ['epoch 123/300', 'left 2 h 05 min', ...epochFacts(row(losses)), '1234 images/s'];
  const line = { share: 0.5, name, facts };

  test.each([200, 140, 120, 100, 80, 60, 50, 40])('in %d columns has every number whole', (width) => {
    const lines = progressLines(line, width);
    for (const one of lines) expect(one.length).toBeLessThanOrEqual(width);
    for (const fact of facts) expect(lines.filter((one) => one.includes(fact))).toHaveLength(1);
    expect(lines[0]).toMatch(/^[■·]{4,16} /);
  });

  test('has the name whole where there is room, and shortened before a number moves', () => {
    expect(progressLines(line, 200)[0]).toContain(name);
    const [only, ...more] = progressLines(line, 120);
    expect(more).toEqual([]);
    expect(only).not.toContain(name);
    // It keeps both ends, by which runs differ.
    expect(only).toMatch(/ activa.*…?.*seed=12 {2}epoch 123\/300 {2}left 2 h 05 min {2}train loss/);
  });

  test('facts of several runs stand below each other', () => {
    const places = ['short', name].map((own) =>
      progressLines({ ...line, name: own }, 140, name.length)[0]!.indexOf('epoch'),
    );
    expect(new Set(places).size).toBe(1);
  });
});
