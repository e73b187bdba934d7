/** The WebGPU backend's Step, on a device that the surroundings have opened (node/, or a browser's). */
import type { CeterisError } from '../../base/errors.js';
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
import { type ReplicaArrays, ReplicaStates, type StateArray } from '../replicaStates.js';
import { type BlockResults, Blocks } from './blocks.js';
import { deviceLost, uncaptured } from './deviceErrors.js';
import { Engine } from './engine.js';
import { type ConvolutionKernels, fastKernels } from './families.js';
import type { MatrixUnit } from './kernels/tiles.js';
import { replicaWord } from './kernels/update.js';
import { planBytes } from './memory.js';
import { planWebgpu, type WebgpuPlan } from './plan.js';
import type { GpuPrecision } from './precision.js';
import { ReadBack } from './readBack.js';
import { blockSteps, byteTable, headerWords } from './stepData.js';
import { fixedTiles, type TileChoice } from './tileChoice.js';
import { describeTiles, observed, type UsedTiles } from './tuning/tileTable.js';

export interface WebgpuOptions {
  /** With the adapter's own limits. */
  readonly device: GPUDevice;
  /** Whether others go on using the device when this Step is disposed of. Default: it is destroyed with the Step. */
  readonly isShared?: boolean;
  /** For messages and run.json: adapter, driver. */
  readonly deviceName: string;
  /** Given: products are made in halves on these subgroup matrices, where bounds.ts says so. Default: all in float32. */
  readonly halves?: MatrixUnit | null;
  /** Tiles of the kernels: default: as without tuning. No result depends on them. */
  readonly tiles?: TileChoice;
  /** In place of the fast kernels, which have tiles. */
  readonly convolutions?: ConvolutionKernels;
}

/**
 * A Step on a GPU. Parameters are zero until `writeState`.
 * @throws a work error where a kernel does not compile, or a buffer is larger than the device allows
 */
export async function createWebgpuStep(program: Program, options: WebgpuOptions): Promise<WebgpuStep> {
  const { device, deviceName, halves = null, tiles = fixedTiles(halves), isShared = false } = options;
  const used: UsedTiles = new Map();
  const plan = planWebgpu(program, {
    limits: device.limits,
    slots: blockSteps,
    convolutions: options.convolutions ?? fastKernels(observed(tiles, used)),
    inHalves: halves !== null,
  });
  const watch = new DeviceWatch(device, deviceName);
  const engine = await Engine.create(device, plan, deviceName);
  // Out of memory is told by an event: it has come when the queue has answered.
  await device.queue.onSubmittedWorkDone();
  watch.check();
  return new WebgpuStep(plan, engine, watch, describe(deviceName, used, halves), isShared);
}

function describe(deviceName: string, used: UsedTiles, halves: MatrixUnit | null): BackendDescription {
  const variant: GpuPrecision = halves === null ? 'f32' : 'f16-products';
  return {
    backend: 'webgpu',
    variant,
    precision: 'float32',
    tiles: { device: deviceName, ...describeTiles(used) },
    threads: 1,
  };
}

/** Hears what goes wrong on the device outside of any call. */
class DeviceWatch {
  failure: CeterisError | null = null;
  #disposed = false;
  readonly #device: GPUDevice;
  readonly #onError: (event: Event) => void;

  constructor(device: GPUDevice, deviceName: string) {
    void device.lost.then((info) => {
      if (!this.#disposed) this.failure ??= deviceLost(info, deviceName);
    });
    this.#device = device;
    this.#onError = (event) => {
      event.preventDefault();
      this.failure ??= uncaptured((event as GPUUncapturedErrorEvent).error, deviceName);
    };
    device.addEventListener('uncapturederror', this.#onError);
  }

  /** @throws what went wrong */
  check(): void {
    if (this.failure !== null) throw this.failure;
  }

  /** A device that is shared outlives the Step. */
  dispose(): void {
    this.#disposed = true;
    this.#device.removeEventListener('uncapturederror', this.#onError);
  }
}

export class WebgpuStep implements Step {
  readonly program: Program;
  readonly description: BackendDescription;
  readonly plan: WebgpuPlan;
  readonly engine: Engine;
  readonly #isShared: boolean;
  readonly #watch: DeviceWatch;
  readonly #blocks: Blocks;
  readonly #readBack: ReadBack;
  readonly #states: ReplicaStates;
  readonly #metrics: MetricsCollector;
  #source: PixelSource | null = null;

  constructor(
    plan: WebgpuPlan,
    engine: Engine,
    watch: DeviceWatch,
    description: BackendDescription,
    isShared: boolean,
  ) {
    const { program } = plan;
    this.#isShared = isShared;
    this.program = program;
    this.description = description;
    this.plan = plan;
    this.engine = engine;
    this.#watch = watch;
    this.#blocks = new Blocks(
      engine,
      () => watch.failure,
      (results) => this.#collect(results),
    );
    this.#readBack = new ReadBack(engine, () => watch.failure);
    this.#metrics = new MetricsCollector(program.replicas, program.network.classes, 'float32');
    this.#states = new ReplicaStates(
      program,
      Array.from({ length: program.replicas }, (_, r) => this.#arrays(r)),
    );
  }

  /** Bytes of all buffers, the dataset's left out. */
  get memoryBytes(): number {
    return planBytes(this.plan);
  }

  load(source: PixelSource): void {
    this.#source = source;
    this.engine.load(source);
    this.#blocks.setTable(byteTable(source));
  }

  room(): Promise<void> | null {
    return this.#blocks.room();
  }

  train(plan: BatchPlan, hyper: readonly StepHyper[]): void {
    this.#watch.check();
    const { labels } = this.#loaded();
    this.#blocks.add({ kind: 'train', count: plan.count, logits: false }, (row) => {
      row.writeBatch(plan, labels);
      hyper.forEach((one, r) => {
        row.writeCodes(r, one.activations);
        row.writeHyper(r, one, this.#states.steps(r));
      });
    });
    hyper.forEach((one, r) => {
      this.#states.stepped(r, one);
    });
  }

  evaluate(plan: BatchPlan, options: EvaluateOptions): void {
    this.#watch.check();
    const { labels } = this.#loaded();
    const job = { kind: 'evaluate', count: plan.count, logits: options.logits === true } as const;
    this.#blocks.add(job, (row) => {
      row.writeBatch(plan, labels);
      options.activations.forEach((names, r) => {
        row.writeCodes(r, names);
      });
    });
  }

  async metrics(): Promise<ReplicaMetrics[]> {
    await this.#blocks.drain();
    return this.#metrics.take();
  }

  /** Summed on the device in blocks of at most 256 elements, and those on the host in float64. */
  async gradientNorms(replica: number): Promise<Float64Array> {
    const squares = await this.#summed(replica, this.plan.named.squares, this.plan.blockTable.length / 6);
    return Float64Array.from(this.plan.blocks, ({ first, count }) => {
      let sum = 0;
      for (let i = first; i < first + count; i++) sum += squares[i];
      return Math.sqrt(sum);
    });
  }

  async readGradients(replica: number): Promise<Map<string, Float32Array | Float64Array>> {
    return this.#states.gradients(replica);
  }

  async readState(replica: number): Promise<ReplicaState> {
    return this.#states.read(replica);
  }

  async writeState(replica: number, state: ReplicaState): Promise<void> {
    await this.#blocks.drain();
    await this.#states.write(replica, state);
    const { flags } = this.plan.named;
    const poison = 4 * (this.program.replicas + replica);
    this.engine.device.queue.writeBuffer(this.engine.buffer(flags), poison, Uint32Array.of(0));
    this.#watch.check();
  }

  async dispose(): Promise<void> {
    this.#watch.dispose();
    this.#source = null;
    this.#blocks.destroy();
    this.#readBack.destroy();
    this.engine.destroy();
    if (!this.#isShared) this.engine.device.destroy();
  }

  #loaded(): PixelSource {
    if (this.#source === null) throw new Error('no dataset is loaded');
    return this.#source;
  }

  /** Results of a block of steps -> metrics. A step whose flag is set has no finite loss, whatever its floats say. */
  #collect({ words, floats, jobs }: BlockResults): void {
    const { results, step } = this.plan;
    const { batch, classes, replicas, head, slots } = results;
    const integers = new Int32Array(words.buffer, words.byteOffset, words.length);
    jobs.forEach(({ kind, count, logits, row }, slot) => {
      for (let r = 0; r < replicas; r++) {
        const at = slot * head + 2 * r * batch;
        const isBad = words[slot * head + 2 * replicas * batch + r] !== 0;
        const losses = isBad ? new Float32Array(count).fill(Number.NaN) : floats.subarray(at, at + count);
        const predicted = integers.subarray(at + batch, at + batch + count);
        if (kind === 'train') {
          const label = headerWords + r * step.stride + 2 * batch;
          const labels = row.words.subarray(label, label + count);
          this.#metrics.trained(r, losses, count, countCorrect(predicted, labels, count));
          continue;
        }
        const first = slots * head + (slot * replicas + r) * batch * classes;
        const values = logits ? floats.subarray(first, first + count * classes) : null;
        this.#metrics.evaluated(r, { losses, predicted, logits: values }, count);
      }
    });
  }

  #arrays(replica: number): ReplicaArrays {
    const { named, parameterStride, vectorStride, statisticsOffset } = this.plan;
    const { parameterElements, statisticElements } = this.program;
    const place = (array: Exclude<StateArray, 'gradients'>) => {
      if (array === 'statistics') {
        const first = replica * vectorStride + statisticsOffset;
        return { resource: named.vectors, first, elements: statisticElements };
      }
      const resource = array === 'parameters' ? named.parameters : named.moments[array.slot];
      return { resource, first: replica * parameterStride, elements: parameterElements };
    };
    return {
      read: async (array) => {
        if (array === 'gradients') return this.#summed(replica, named.gradients, parameterElements);
        await this.#blocks.drain();
        const { resource, first, elements } = place(array);
        return this.#readBack.read(resource, first, elements);
      },
      write: (array, values) => {
        if (array === 'gradients') throw new Error('gradients are not written');
        const { resource, first } = place(array);
        this.engine.device.queue.writeBuffer(
          this.engine.buffer(resource),
          4 * first,
          Float32Array.from(values),
        );
      },
    };
  }

  /** The gradients of a replica and their squares, added up from the partial sums of the last training step. */
  async #summed(replica: number, resource: number, elements: number): Promise<Float32Array> {
    await this.#blocks.drain();
    return this.#readBack.read(resource, 0, elements, (encoder) => {
      this.engine.writeUniform('gradientSums', replicaWord, replica);
      const pass = encoder.beginComputePass();
      this.engine.encode(pass, 'gradientSums');
      pass.end();
    });
  }
}
