/** Calibration of a trained network on its validation split. */
import type { ReplicaMetrics } from '../compile/step.js';
import { crossFitTemperature } from '../stats/temperature.js';
import type { CalibrationRecord } from '../store/records.js';

/** Expected calibration error, and the loss at temperatures fitted on halves; `null` where it cannot be measured. */
export function measureCalibration(
  metrics: ReplicaMetrics,
  indices: Int32Array,
  labels: ArrayLike<number>,
): CalibrationRecord | null {
  const { logits } = metrics;
  if (logits === null || indices.length === 0) return null;
  const classes = logits.length / indices.length;
  const fit = crossFitTemperature({ logits, labels: Array.from(indices, (index) => labels[index]), classes });
  if (fit.status !== 'ok') return null;
  const { temperatures, calibrationBefore, lossAfter } = fit;
  return {
    expectedCalibrationError: calibrationBefore,
    temperature: (temperatures[0] + temperatures[1]) / 2,
    lossAtTemperature: lossAfter,
  };
}
