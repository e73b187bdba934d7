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
import { countCorrect, MetricsCollector } from '../metricsCollector.js';
import { type Real, type ReplicaArrays, ReplicaStates, type StateArray } from '../replicaStates.js';
import { type ReferenceKernels, referenceKernels, runCalls } from './kernels.js';
import { type Precision, ReferenceMemory, ReplicaTensors, referenceBytes } from './memory.js';

export interface ReferenceOptions {
  readonly precision: Precision;
  /** Kernels to use in place of the reference's own: tests break one to see that the break is noticed. */
  readonly kernels?: Partial<ReferenceKernels>;
}

/** A Step that works at once, on the calling thread. Parameters are zero until `writeState`. */
export function createReferenceStep(program: Program, options: ReferenceOptions): Step {
  return new ReferenceStep(program, options);
}

class ReferenceStep implements Step {
  readonly program: Program;
  readonly description: BackendDescription;
  readonly #kernels: ReferenceKernels;
  readonly #memory: ReferenceMemory;
  readonly #replicas: readonly ReplicaTensors[];
  readonly #states: ReplicaStates;
  readonly #metrics: MetricsCollector;
  #source: PixelSource | null = null;

  constructor(program: Program, options: ReferenceOptions) {
    const { precision } = options;
    this.program = program;
    this.description = { backend: 'reference', variant: precision, precision, tiles: {}, threads: 1 };
    this.#kernels = { ...referenceKernels, ...options.kernels };
    this.#memory = new ReferenceMemory(program, precision);
    this.#replicas = Array.from({ length: program.replicas }, () => new ReplicaTensors(program, precision));
    this.#states = new ReplicaStates(program, this.#replicas.map(arraysOf));
    this.#metrics = new MetricsCollector(program.replicas, program.network.classes, precision);
  }

  get memoryBytes(): number {
    return referenceBytes(this.program, this.description.precision);
  }

  load(source: PixelSource): void {
    this.#source = source;
  }

  train(plan: BatchPlan, hyper: readonly StepHyper[]): void {
    this.#replicas.forEach((tensors, r) => {
      tensors.steps = this.#states.steps(r);
      this.#bind(tensors, plan, r, hyper[r].activations, hyper[r]);
      const { source } = this.#memory.input;
      runCalls(this.program.train, this.#kernels, this.#memory);
      const { losses, predicted } = this.program.outputs;
      const { indices } = plan.replicas[r];
      const labels = Array.from(indices.subarray(0, plan.count), (index) => source.labels[index]);
      const correct = countCorrect(this.#memory.integers(predicted), labels, plan.count);
      this.#metrics.trained(r, this.#memory.real(losses), plan.count, correct);
      this.#states.stepped(r, hyper[r]);
    });
  }

  evaluate(plan: BatchPlan, options: EvaluateOptions): void {
    const { losses, predicted, logits } = this.program.outputs;
    this.#replicas.forEach((tensors, r) => {
      this.#bind(tensors, plan, r, options.activations[r], null);
      runCalls(this.program.evaluate, this.#kernels, this.#memory);
      const evaluated = {
        losses: this.#memory.real(losses),
        predicted: this.#memory.integers(predicted),
        logits: options.logits === true ? this.#memory.real(logits) : null,
      };
      this.#metrics.evaluated(r, evaluated, plan.count);
    });
  }

  /** Every call is done when it returns. */
  room(): null {
    return null;
  }

  async metrics(): Promise<ReplicaMetrics[]> {
    return this.#metrics.take();
  }

  gradientNorms(replica: number): Promise<Float64Array> {
    return this.#states.gradientNorms(replica);
  }

  readGradients(replica: number): Promise<Map<string, Real>> {
    return this.#states.gradients(replica);
  }

  readState(replica: number): Promise<ReplicaState> {
    return this.#states.read(replica);
  }

  writeState(replica: number, state: ReplicaState): Promise<void> {
    return this.#states.write(replica, state);
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
}

/** The arrays of one replica, as they lie in memory. */
function arraysOf(tensors: ReplicaTensors): ReplicaArrays {
  const arrayOf = (array: StateArray) =>
    typeof array === 'string' ? tensors[array] : tensors.moments[array.slot];
  return { read: arrayOf, write: (array, values) => arrayOf(array).set(values) };
}
