/** predictions.csv that a command has written, in our format: taken over, with the calibration that it tells. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CeterisError, workError } from '../../base/errors.js';
import { calibrationError } from '../../stats/calibration.js';
import { parsePredictions } from '../../store/csv.js';
import { readText } from '../../store/node/files.js';
import type { CalibrationRecord, PredictionRow, RunRecord } from '../../store/records.js';

export interface WrittenPredictions {
  readonly rows: readonly PredictionRow[];
  /** `null` where no confidence stands beside the predictions of the validation split. */
  readonly calibration: CalibrationRecord | null;
  readonly test: RunRecord['test'];
}

/** Larger ones are not read. */
const mostBytes = 200e6;

/**
 * `split,index,label,predicted,loss`, and `confidence` (probability of the predicted class) where it is known.
 * @returns `null` where there is no such file
 * @throws a work error where it is no table of that form
 */
export function readWrittenPredictions(folder: string): WrittenPredictions | null {
  const path = join(folder, 'predictions.csv');
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || stats.size > mostBytes) return null;
  const text = readText(path) ?? '';
  const marked = text.startsWith('# ceteris') ? text : `# ceteris predictions 1\n${text}`;
  const whole = marked.endsWith('\n') ? marked : `${marked}\n`;
  const rows = inWordsOf(path, () => parsePredictions(whole, path));
  checkRows(rows, path);
  return rows.length === 0 ? null : { rows, calibration: calibrationOf(rows), test: testOf(rows) };
}

/** What a file of ours would be told to have restored, a command's is told to have written. */
function inWordsOf<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    const { advice: _, ways: __, ...details } = error.details;
    throw workError({ where: path, ...details, advice: form });
  }
}

const form =
  'write the columns split (validation or test), index, label, predicted (whole numbers), loss, and confidence (0 to 1) where it is known';

function checkRows(rows: readonly PredictionRow[], path: string): void {
  const beyond = rows.find(({ confidence = 0 }) => confidence < 0 || confidence > 1);
  if (beyond !== undefined) {
    throw workError({
      what: 'a confidence is no probability',
      where: `${path}, ${beyond.split} image ${beyond.index}`,
      rule: 'from 0 to 1',
      value: String(beyond.confidence),
      advice: form,
    });
  }
  const seen = new Set<string>();
  for (const { split, index } of rows) {
    const name = `${split} ${index}`;
    if (seen.has(name)) {
      throw workError({
        what: 'an image is predicted twice',
        where: `${path}, ${split} image ${index}`,
        rule: 'one row for each image of a split, known by its index',
        advice: form,
      });
    }
    seen.add(name);
  }
}

/** `null` without rows of the test split. */
function testOf(rows: readonly PredictionRow[]): RunRecord['test'] {
  const test = rows.filter(({ split }) => split === 'test');
  if (test.length === 0) return null;
  return {
    loss: test.reduce((sum, { loss }) => sum + loss, 0) / test.length,
    accuracy: test.filter(({ label, predicted }) => label === predicted).length / test.length,
  };
}

function calibrationOf(rows: readonly PredictionRow[]): CalibrationRecord | null {
  const validation = rows.filter(({ split }) => split === 'validation');
  const confidences = validation.flatMap(({ confidence }) => confidence ?? []);
  if (confidences.length === 0 || confidences.length < validation.length) return null;
  const error = calibrationError(
    confidences,
    validation.map(({ label, predicted }) => label === predicted),
  );
  if (error.status !== 'ok') return null;
  return { expectedCalibrationError: error.error, temperature: null, lossAtTemperature: null };
}
