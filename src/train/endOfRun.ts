/** What is measured once, when all epochs are done: test split, predictions, calibration. */
import type { ReplicaMetrics } from '../compile/step.js';
import { evaluateExamples, summarize } from './evaluate.js';
import type { EndEvent, Prediction } from './events.js';
import type { Seats, TrainSplits } from './group.js';
import { measureCalibration } from './measureCalibration.js';
import type { Replica } from './replica.js';

export interface EndRequest {
  readonly seats: Seats;
  readonly replicas: readonly Replica[];
  readonly labels: ArrayLike<number>;
  readonly checkStop: () => Promise<boolean>;
}

/** Evaluates validation and test splits of the replicas that are done. `null` when stopped on the way. */
export async function measureEnds(
  { seats, replicas, labels, checkStop }: EndRequest,
  done: readonly number[],
): Promise<EndEvent[] | null> {
  const evaluate = (split: 'validation' | 'test') => {
    const of = (replica: number) => {
      const { activations, splits } = replicas[replica];
      return { activations, indices: splits[split] };
    };
    return evaluateExamples({ seats, of, logits: true, checkStop });
  };
  const validation = await evaluate('validation');
  if (validation === null) return null;
  const test = await evaluate('test');
  if (test === null) return null;
  return done.map((replica) => {
    const measured = { validation: validation.get(replica)!, test: test.get(replica)! };
    return endEvent(replica, measured, replicas[replica].splits, labels);
  });
}

function endEvent(
  replica: number,
  { validation, test }: { readonly validation: ReplicaMetrics; readonly test: ReplicaMetrics },
  splits: TrainSplits,
  labels: ArrayLike<number>,
): EndEvent {
  return {
    type: 'end',
    replica,
    test: splits.test.length > 0 ? summarize(test, splits.test, labels) : null,
    predictions: [
      ...predictions('validation', validation, splits.validation, labels, 0),
      ...predictions('test', test, splits.test, labels, splits.testStart),
    ],
    calibration: measureCalibration(validation, splits.validation, labels),
  };
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
