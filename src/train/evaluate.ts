/** Evaluation of one group of replicas on a list of examples: batch by batch, the last one padded and masked. */
import type { BatchPlan, ReplicaMetrics, Step } from '../compile/step.js';
import { createBatchArrays, planEvaluationBatch } from '../data/batches.js';
import type { ActivationName } from '../nn/network.js';

/** Mean loss over examples and share of correct predictions. */
export interface EvaluationResult {
  readonly loss: number;
  readonly accuracy: number;
}

export interface EvaluationRequest {
  readonly step: Step;
  readonly activations: readonly (readonly ActivationName[])[];
  /** Indices into the loaded PixelSource. */
  readonly indices: Int32Array;
  readonly logits?: boolean;
  /** Called between batches: yields to the host, and says whether to give up. */
  readonly checkStop: () => Promise<boolean>;
}

/** Losses and predictions of every example, per replica; `null` when stopped on the way. */
export async function evaluateExamples(request: EvaluationRequest): Promise<ReplicaMetrics[] | null> {
  const { step, indices } = request;
  const { batch, replicas } = step.program;
  const room = createBatchArrays(batch);
  for (let start = 0; start < indices.length; start += batch) {
    const count = planEvaluationBatch(room, indices, start);
    const plan: BatchPlan = { count, replicas: Array.from({ length: replicas }, () => room) };
    await step.room();
    step.evaluate(plan, { activations: request.activations, logits: request.logits ?? false });
    if (await request.checkStop()) {
      await step.metrics();
      return null;
    }
  }
  return step.metrics();
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
