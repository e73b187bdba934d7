/** Evaluation of one group of replicas on lists of examples: batch by batch, the last one padded and masked. */
import type { BatchPlan, ReplicaMetrics } from '../compile/step.js';
import { type BatchArrays, createBatchArrays, planEvaluationBatch } from '../data/batches.js';
import type { ActivationName } from '../nn/network.js';
import type { Seats } from './group.js';

/** Mean loss over examples and share of correct predictions. */
export interface EvaluationResult {
  readonly loss: number;
  readonly accuracy: number;
}

/** What is evaluated of one replica. */
export interface EvaluatedReplica {
  readonly activations: readonly ActivationName[];
  /** Indices into the loaded PixelSource: equally many for each replica; the same array where they share it. */
  readonly indices: Int32Array;
}

export interface EvaluationRequest {
  readonly seats: Seats;
  readonly of: (replica: number) => EvaluatedReplica;
  readonly logits?: boolean;
  /** Called between batches: yields to the host, and says whether to give up. */
  readonly checkStop: () => Promise<boolean>;
}

/** Losses and predictions of every example, by replica of the group; `null` when stopped on the way. */
export async function evaluateExamples(
  request: EvaluationRequest,
): Promise<ReadonlyMap<number, ReplicaMetrics> | null> {
  const { step, replicas } = request.seats;
  const { batch } = step.program;
  const evaluated = replicas.map(request.of);
  const activations = evaluated.map((one) => one.activations);
  const rooms = new Map(evaluated.map(({ indices }) => [indices, createBatchArrays(batch)]));
  const examples = evaluated[0].indices.length;
  for (let start = 0; start < examples; start += batch) {
    await step.room();
    step.evaluate(planOf(evaluated, rooms, start), { activations, logits: request.logits ?? false });
    if (await request.checkStop()) {
      await step.metrics();
      return null;
    }
  }
  const metrics = await step.metrics();
  return new Map(replicas.map((replica, seat) => [replica, metrics[seat]]));
}

function planOf(
  evaluated: readonly EvaluatedReplica[],
  rooms: ReadonlyMap<Int32Array, BatchArrays>,
  start: number,
): BatchPlan {
  let count = 0;
  for (const [indices, room] of rooms) count = planEvaluationBatch(room, indices, start);
  return { count, replicas: evaluated.map(({ indices }) => rooms.get(indices) as BatchArrays) };
}

/** Means over the examples, summed in order in float64. */
export function summarize(
  metrics: ReplicaMetrics,
  indices: Int32Array,
  labels: ArrayLike<number>,
): EvaluationResult {
  let lossSum = 0;
  let correct = 0;
  for (let i = 0; i < indices.length; i++) {
    lossSum += metrics.losses[i];
    if (metrics.predicted[i] === labels[indices[i]]) correct++;
  }
  return { loss: lossSum / indices.length, accuracy: correct / indices.length };
}
