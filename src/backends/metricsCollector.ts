/** What training steps and evaluations have given since the last `metrics()`, collected alike by every backend. */
import type { ReplicaMetrics } from '../compile/step.js';
import type { Real } from './replicaStates.js';

interface Collected {
  stepLosses: number[];
  trainCorrect: number;
  trainExamples: number;
  losses: Real[];
  predicted: Int32Array[];
  logits: Real[];
}

function nothing(): Collected {
  return { stepLosses: [], trainCorrect: 0, trainExamples: 0, losses: [], predicted: [], logits: [] };
}

/** What one evaluation gave: arrays of at least `count` entries (logits: count * classes); copied. */
export interface EvaluatedBatch {
  readonly losses: Real;
  readonly predicted: Int32Array;
  /** `null`: not asked for. */
  readonly logits: Real | null;
}

export class MetricsCollector {
  readonly #replicas: number;
  readonly #classes: number;
  readonly #empty: Real;
  #collected: Collected[];

  /** @param precision of the losses and logits that `take` gives */
  constructor(replicas: number, classes: number, precision: 'float32' | 'float64') {
    this.#replicas = replicas;
    this.#classes = classes;
    this.#empty = precision === 'float32' ? new Float32Array(0) : new Float64Array(0);
    this.#collected = this.#fresh();
  }

  /** A training step: the mean of the first `count` losses is made here, in order and in float64. */
  trained(replica: number, losses: Real, count: number, correct: number): void {
    let sum = 0;
    for (let n = 0; n < count; n++) sum += losses[n];
    const collected = this.#collected[replica];
    collected.stepLosses.push(sum / count);
    collected.trainCorrect += correct;
    collected.trainExamples += count;
  }

  evaluated(replica: number, { losses, predicted, logits }: EvaluatedBatch, count: number): void {
    const collected = this.#collected[replica];
    collected.losses.push(losses.slice(0, count));
    collected.predicted.push(predicted.slice(0, count));
    if (logits !== null) collected.logits.push(logits.slice(0, count * this.#classes));
  }

  /** Everything since the last call, one entry per replica. */
  take(): ReplicaMetrics[] {
    const metrics = this.#collected.map((one) => ({
      stepLosses: Float64Array.from(one.stepLosses),
      trainCorrect: one.trainCorrect,
      trainExamples: one.trainExamples,
      losses: joined(this.#empty, one.losses),
      predicted: joined(new Int32Array(0), one.predicted),
      logits: one.logits.length === 0 ? null : joined(this.#empty, one.logits),
    }));
    this.#collected = this.#fresh();
    return metrics;
  }

  #fresh(): Collected[] {
    return Array.from({ length: this.#replicas }, nothing);
  }
}

/** How many of the first `count` predictions are the labels. */
export function countCorrect(predicted: ArrayLike<number>, labels: ArrayLike<number>, count: number): number {
  let correct = 0;
  for (let n = 0; n < count; n++) if (predicted[n] === labels[n]) correct++;
  return correct;
}

/** The parts one after another, in an array of the kind of `like`. */
function joined<T extends Real | Int32Array>(like: T, parts: readonly T[]): T {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new (like.constructor as new (length: number) => T)(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
