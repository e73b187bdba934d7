/** predictions.csv that a command has written, in our format: taken over, with the calibration that it tells. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { calibrationError } from '../../stats/calibration.js';
import { parsePredictions } from '../../store/csv.js';
import { readText } from '../../store/node/files.js';
import type { CalibrationRecord, PredictionRow } from '../../store/records.js';

export interface WrittenPredictions {
  readonly rows: readonly PredictionRow[];
  /** `null` where no confidence stands beside the predictions of the validation split. */
  readonly calibration: CalibrationRecord | null;
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
  const rows = parsePredictions(whole, path);
  return rows.length === 0 ? null : { rows, calibration: calibrationOf(rows) };
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
