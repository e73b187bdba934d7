import { expect, test } from 'vitest';
import { exampleRecord } from '../../test/support/exampleRecord.js';
import { formatRunRecord, formatSplit, parseRunRecord, parseSplit } from './json.js';
import type { RunRecord, SplitRecord } from './records.js';

const record: RunRecord = {
  ...exampleRecord,
  test: { loss: Number.POSITIVE_INFINITY, accuracy: 0.1 + 0.2 },
  calibration: { expectedCalibrationError: 0.1, temperature: Number.NaN, lossAtTemperature: 1 },
};

test('run.json is read again as it was', () => {
  expect(parseRunRecord(formatRunRecord(record), 'run.json')).toEqual(record);
  const imported = { ...record, configuration: null, datasetChecksum: null, source: 'a.csv' };
  expect(parseRunRecord(formatRunRecord(imported), 'run.json')).toEqual(imported);
});

test('damage is told with file and key; a newer version is refused', () => {
  const text = formatRunRecord(record);
  expect(() => parseRunRecord(text.slice(0, -40), 'runs/a/run.json')).toThrow(/runs\/a\/run\.json.*JSON/s);
  expect(() => parseRunRecord(text.replace('"waiting"', '"wating"'), 'r')).toThrow(/status/);
  expect(() => parseRunRecord('null', 'r')).toThrow(/damaged/);
  expect(() => parseRunRecord('{"formatVersion": 2}', 'r')).toThrow(/newer version/);
});

test('split.json is read again as it was', () => {
  const split: SplitRecord = {
    formatVersion: 1,
    dataset: 'synthetic',
    checksum: 'ab',
    train: [0, 2],
    validation: [1],
    test: [],
    notes: ['said'],
  };
  expect(parseSplit(formatSplit(split), 's')).toEqual(split);
  expect(() => parseSplit(formatSplit(split).replace('[1]', '[-1]'), 's')).toThrow(/validation/);
});
