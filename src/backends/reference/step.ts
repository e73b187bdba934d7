/**
 * The reference backend: a Program run by naive loops, one replica after another. It is the oracle of the other
 * backends, in float32 and in float64; speed is not its concern.
 */
import type { Program } from '../../compile/program.js';
import type {
  BackendDescription,
  BatchPlan,
  EvaluateOptions,
  PixelSource,
  ReplicaMetrics,
  ReplicaState,
  Step,
  StepHyper,
} from '../../compile/step.js';
import { type ReferenceKernels, referenceKernels, runCalls } from './kernels.js';
import { newReal, type Precision, type Real, ReferenceMemory, ReplicaTensors } from './memory.js';
import { readNamed, readTensors, writeTensors } from './state.js';

export interface ReferenceOptions {
  readonly precision: Precision;
  /** Kernels to use in place of the reference's own: tests break one to see that the break is noticed. */
  readonly kernels?: Partial<ReferenceKernels>;
}

/** A Step that works at once, on the calling thread. Parameters are zero until `writeState`. */
export function createReferenceStep(program: Program, options: ReferenceOptions): Step {
  return new ReferenceStep(program, options);
}

interface Collected {
  stepLosses: number[];
  trainCorrect: number;
  trainExamples: number;
  losses: Real[];
  predicted: Int32Array[];
  logits: Real[];
}

class ReferenceStep implements Step {
  readonly program: Program;
  readonly description: BackendDescription;
  readonly #kernels: ReferenceKernels;
  readonly #memory: ReferenceMemory;
  readonly #replicas: readonly ReplicaTensors[];
  #collected: Collected[];
  #source: PixelSource | null = null;

  constructor(program: Program, options: ReferenceOptions) {
    const { precision } = options;
    this.program = program;
    this.description = { backend: 'reference', variant: precision, precision, tiles: {}, threads: 1 };
    this.#kernels = { ...referenceKernels, ...options.kernels };
    this.#memory = new ReferenceMemory(program, precision);
    this.#replicas = Array.from({ length: program.replicas }, () => new ReplicaTensors(program, precision));
    this.#collected = this.#replicas.map(nothing);
  }

  load(source: PixelSource): void {
    this.#source = source;
  }

  train(plan: BatchPlan, hyper: readonly StepHyper[]): void {
    this.#replicas.forEach((tensors, r) => {
      this.#bind(tensors, plan, r, hyper[r].activations, hyper[r]);
      runCalls(this.program.train, this.#kernels, this.#memory);
      const collected = this.#collected[r];
      const losses = this.#memory.real(this.program.outputs.losses);
      let sum = 0;
      for (let n = 0; n < plan.count; n++) sum += losses[n];
      collected.stepLosses.push(sum / plan.count);
      collected.trainCorrect += this.#countCorrect(plan, r);
      collected.trainExamples += plan.count;
    });
  }

  evaluate(plan: BatchPlan, options: EvaluateOptions): void {
    const { losses, predicted, logits } = this.program.outputs;
    this.#replicas.forEach((tensors, r) => {
      this.#bind(tensors, plan, r, options.activations[r], null);
      runCalls(this.program.evaluate, this.#kernels, this.#memory);
      const collected = this.#collected[r];
      collected.losses.push(this.#memory.real(losses).slice(0, plan.count));
      collected.predicted.push(this.#memory.integers(predicted).slice(0, plan.count));
      if (options.logits !== true) return;
      collected.logits.push(this.#memory.real(logits).slice(0, plan.count * this.program.network.classes));
    });
  }

  async metrics(): Promise<ReplicaMetrics[]> {
    const { precision } = this.description;
    const metrics = this.#collected.map((collected) => ({
      stepLosses: Float64Array.from(collected.stepLosses),
      trainCorrect: collected.trainCorrect,
      trainExamples: collected.trainExamples,
      losses: joined(precision, collected.losses),
      predicted: Int32Array.from(collected.predicted.flatMap((part) => [...part])),
      logits: collected.logits.length === 0 ? null : joined(precision, collected.logits),
    }));
    this.#collected = this.#replicas.map(nothing);
    return metrics;
  }

  async gradientNorms(replica: number): Promise<Float64Array> {
    const { gradients } = this.#replicas[replica];
    return Float64Array.from(this.program.parameters, ({ offset, elements }) => {
      let sum = 0;
      for (let i = offset; i < offset + elements; i++) sum += gradients[i] ** 2;
      return Math.sqrt(sum);
    });
  }

  async readGradients(replica: number): Promise<Map<string, Real>> {
    return new Map(readNamed(this.#replicas[replica].gradients, this.program.parameters));
  }

  async readState(replica: number): Promise<ReplicaState> {
    return readTensors(this.program, this.#replicas[replica]);
  }

  async writeState(replica: number, state: ReplicaState): Promise<void> {
    writeTensors(this.program, this.#replicas[replica], state);
  }

  async dispose(): Promise<void> {
    this.#source = null;
  }

  #bind(
    tensors: ReplicaTensors,
    plan: BatchPlan,
    replica: number,
    activations: StepHyper['activations'],
    hyper: StepHyper | null,
  ): void {
    if (this.#source === null) throw new Error('no dataset is loaded');
    this.#memory.bind(tensors, {
      source: this.#source,
      plan: plan.replicas[replica],
      count: plan.count,
      activations,
      hyper,
    });
  }

  #countCorrect(plan: BatchPlan, replica: number): number {
    const predicted = this.#memory.integers(this.program.outputs.predicted);
    const { source } = this.#memory.input;
    let correct = 0;
    for (let n = 0; n < plan.count; n++) {
      if (predicted[n] === source.labels[plan.replicas[replica].indices[n]]) correct++;
    }
    return correct;
  }
}

function nothing(): Collected {
  return { stepLosses: [], trainCorrect: 0, trainExamples: 0, losses: [], predicted: [], logits: [] };
}

function joined(precision: Precision, parts: readonly Real[]): Real {
  const values = newReal(
    precision,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    values.set(part, offset);
    offset += part.length;
  }
  return values;
}
