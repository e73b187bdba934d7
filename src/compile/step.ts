/** What a backend makes of a Program: the interface that the training loop drives. */

import type { ActivationName } from '../nn/network.js';
import type { OptimizerName } from '../optim/optimizer.js';
import type { Program } from './program.js';

/** Images as bytes, planar (channel, row, column), one after another, and their labels. */
export interface PixelSource {
  /** Length examples * channels * height * width. May lie on a SharedArrayBuffer. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array | Uint16Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Normalization: (byte / 255 - mean[c]) / deviation[c]. Padding is byte 0, before normalization. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** One replica's part of a batch. Arrays have the Program's batch length; entries from `count` on are ignored. */
export interface ReplicaPlan {
  /** Indices into the loaded PixelSource. */
  readonly indices: Int32Array;
  /** Offset of the crop in rows and columns, -padding .. padding; 0: no shift. */
  readonly shiftY: Int8Array;
  readonly shiftX: Int8Array;
  /** 1: mirrored left to right (after the crop). */
  readonly flip: Uint8Array;
}

/** Which examples a call works on; `replicas` has one entry per replica (the same object where they share it). */
export interface BatchPlan {
  readonly count: number;
  readonly replicas: readonly ReplicaPlan[];
}

/** Hyperparameters of one replica for one step. */
export interface StepHyper {
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  /** L2 coefficient, added to the gradient of every parameter. */
  readonly weightDecay: number;
  /** One per activation slot. */
  readonly activations: readonly ActivationName[];
  /** Adam's only. */
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** What was enqueued since the last `metrics()`, for one replica. */
export interface ReplicaMetrics {
  /** Mean loss of each training step, in order. No finite number where the step's sums overflowed. */
  readonly stepLosses: Float64Array;
  readonly trainCorrect: number;
  readonly trainExamples: number;
  /** Per evaluated example, in order. */
  readonly losses: Float32Array | Float64Array;
  readonly predicted: Int32Array;
  /** [examples, classes], only where `evaluate` was asked for them. */
  readonly logits: Float32Array | Float64Array | null;
}

/** All that training one replica needs to go on: parameters, running statistics, optimizer state. */
export interface ReplicaState {
  readonly parameters: ReadonlyMap<string, Float32Array | Float64Array>;
  readonly statistics: ReadonlyMap<string, Float32Array | Float64Array>;
  /** `momentum.<parameter>`; Adam: `exp_avg.<parameter>`, `exp_avg_sq.<parameter>`. */
  readonly optimizer: ReadonlyMap<string, Float32Array | Float64Array>;
  /** Updates made so far (BN's num_batches_tracked; "first step: v = g"). */
  readonly steps: number;
}

export interface EvaluateOptions {
  readonly activations: readonly (readonly ActivationName[])[];
  readonly logits?: boolean;
}

/**
 * `train` and `evaluate` enqueue; only the calls that return promises wait. On the CPU their work is done when they
 * return; a GPU's goes on, so that the host plans the next batch meanwhile.
 *
 * What a caller gives (plan and its arrays, hyperparameters) is read before the call returns and stays the caller's: it
 * may be overwritten at once. The pixels of `load` alone are kept, and must not change.
 *
 * A backend holds a bounded number of calls that are not done. Before each `train` and `evaluate` the caller asks for
 * `room`, and waits where there is none; a call without room is refused by an error.
 */
export interface Step {
  readonly program: Program;
  /** What ran: for run.json. */
  readonly description: BackendDescription;
  /** Bytes that it has allocated on its device, the dataset's left out. */
  readonly memoryBytes: number;
  /** The images that plans index from now on. */
  load(source: PixelSource): void;
  /** `null`: one more call may be enqueued. Else a promise to be awaited first; it rejects where the device is lost. */
  room(): Promise<void> | null;
  /** One entry of `hyper` per replica. */
  train(plan: BatchPlan, hyper: readonly StepHyper[]): void;
  /** Losses and predictions with running statistics; nothing is trained. */
  evaluate(plan: BatchPlan, options: EvaluateOptions): void;
  /** One entry per replica, of everything enqueued since the last call. */
  metrics(): Promise<ReplicaMetrics[]>;
  /** L2 norm of each parameter's loss gradient (no weight decay) in the last training step; parameters' order. */
  gradientNorms(replica: number): Promise<Float64Array>;
  /** Gradients of the last training step (for tests). */
  readGradients(replica: number): Promise<Map<string, Float32Array | Float64Array>>;
  /** A copy of what training the replica needs to go on, after everything enqueued. */
  readState(replica: number): Promise<ReplicaState>;
  /** @throws a work error where a tensor is missing or has another size; nothing is written then */
  writeState(replica: number, state: ReplicaState): Promise<void>;
  /** Gives threads, memory and device back. No call may follow. */
  dispose(): Promise<void>;
}

/** Recorded in run.json: equal descriptions (but for `threads`) give equal bits. */
export interface BackendDescription {
  readonly backend: 'reference' | 'wasm' | 'webgpu';
  /** Kernel variant: `float64`; `plain`, `relaxed`, `wide`; on a GPU `f32`, `f16-products`. */
  readonly variant: string;
  /** Of what is stored, and of sums. */
  readonly precision: 'float32' | 'float64';
  /** E.g. { matrix: '4x8' }. */
  readonly tiles: Readonly<Record<string, string>>;
  /** Outside the promise of equal bits. */
  readonly threads: number;
}
