/** What is measured once, when all epochs are done: test split, predictions, calibration. */
import type { ReplicaMetrics } from '../compile/step.js';
import type { ActivationName } from '../nn/network.js';
import { evaluateExamples, summarize } from './evaluate.js';
import type { EndEvent, Prediction, TrainEvent } from './events.js';
import type { TrainGroup } from './group.js';
import { measureCalibration } from './measureCalibration.js';

/** Evaluates validation and test splits. Returns false when stopped on the way. */
export async function* endOfRun(
  group: TrainGroup,
  activations: readonly (readonly ActivationName[])[],
  live: readonly number[],
): AsyncGenerator<TrainEvent, boolean> {
  const { step, splits, labels, control } = group;
  const checkStop = async () => {
    await control.breathe();
    return control.stopRequested();
  };
  const request = { step, activations, logits: true, checkStop };
  const validation = await evaluateExamples({ ...request, indices: splits.validation });
  if (validation === null) return false;
  const test = await evaluateExamples({ ...request, indices: splits.test });
  if (test === null) return false;
  for (const replica of live) {
    const event: EndEvent = {
      type: 'end',
      replica,
      test: splits.test.length > 0 ? summarize(test[replica], splits.test, labels) : null,
      predictions: [
        ...predictions('validation', validation[replica], splits.validation, labels, 0),
        ...predictions('test', test[replica], splits.test, labels, splits.testStart),
      ],
      calibration: measureCalibration(validation[replica], splits.validation, labels),
    };
    yield event;
  }
  return true;
}

function predictions(
  split: 'validation' | 'test',
  metrics: ReplicaMetrics,
  indices: Int32Array,
  labels: ArrayLike<number>,
  start: number,
): Prediction[] {
  return Array.from(indices, (index, i) => ({
    split,
    index: index - start,
    label: labels[index],
    predicted: metrics.predicted[i],
    loss: metrics.losses[i],
  }));
}
