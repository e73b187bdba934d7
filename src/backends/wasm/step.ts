/** The WebAssembly backend's Step. Pure: the surroundings give it memory and a team of threads (see node/). */
import type { KernelCall, Program } from '../../compile/program.js';
import type {
  BackendDescription,
  BatchPlan,
  EvaluateOptions,
  PixelSource,
  ReplicaMetrics,
  ReplicaPlan,
  ReplicaState,
  Step,
  StepHyper,
} from '../../compile/step.js';
import type { ActivationName } from '../../nn/network.js';
import { countCorrect, MetricsCollector } from '../metricsCollector.js';
import { type ReplicaArrays, ReplicaStates, type StateArray } from '../replicaStates.js';
import { blocks, codeOf, type KernelName } from './abi.js';
import { wordsOf, writeBlock, writeBlocks } from './emitter.js';
import { type CallList, ListMaker, withoutGather } from './lists.js';
import {
  type Addresses,
  addressOf,
  type KernelShape,
  planMemory,
  Region,
  type ReplicaAddresses,
} from './memory.js';

/** Threads over one memory that run a list together. */
export interface Team {
  readonly memory: WebAssembly.Memory;
  /** Runs the list; returns when every thread is through. `profile`: address of float64 times, or 0. */
  run(address: number, calls: number, profile: number): void;
  dispose(): Promise<void>;
}

export interface WasmPlan {
  readonly addresses: Addresses;
  readonly maker: ListMaker;
  readonly lists: readonly ReplicaLists[];
  /** Float64 milliseconds of each call of the longest list. */
  readonly profile: number;
  readonly bytes: number;
}

interface ReplicaLists {
  readonly train: CallList;
  /** The same where the images of the replica before are to be seen again. */
  readonly trainOnSame: CallList;
  readonly pack: CallList;
  readonly evaluate: CallList;
}

/** Plans memory and lists for up to `threads` threads. */
export function planWasm(program: Program, threads: number, shape: KernelShape): WasmPlan {
  const region = new Region();
  const addresses = planMemory(program, threads, shape, region);
  const maker = new ListMaker(program, addresses, shape, region);
  const lists = Array.from({ length: program.replicas }, (_, replica) => {
    const train = maker.make(program.train, replica, true);
    return {
      train,
      trainOnSame: withoutGather(program, train),
      pack: maker.makePacking(program.evaluate, replica),
      evaluate: maker.make(program.evaluate, replica, false),
    };
  });
  const longest = lists.reduce((most, { train }) => Math.max(most, train.items.length), 0);
  const profile = region.take(8 * longest);
  return { addresses, maker, lists, profile, bytes: region.next };
}

/** One kernel call as it ran. */
export interface MeasuredCall {
  readonly kernel: KernelName;
  /** The Program's call that it was for. */
  readonly call: KernelCall;
  readonly milliseconds: number;
}

/** A Step that can tell what each of its kernel calls takes. */
export interface MeasuredStep extends Step {
  /** Every kernel call that `work` (calls of train and evaluate) runs, in order, with its time. */
  measure(work: () => void): readonly MeasuredCall[];
}

/** A Step over a team. Work is done when `train` and `evaluate` return; replicas run one after another. */
export class WasmStep implements MeasuredStep {
  readonly program: Program;
  readonly description: BackendDescription;
  #measured: MeasuredCall[] | null = null;
  readonly #plan: WasmPlan;
  readonly #team: Team;
  readonly #integers: Int32Array;
  readonly #reals: Float32Array;
  readonly #bytes: Uint8Array;
  readonly #doubles: Float64Array;
  #source: PixelSource | null = null;
  readonly #states: ReplicaStates;
  readonly #metrics: MetricsCollector;
  /** The replica whose weights are packed for evaluation. */
  #packed = -1;

  constructor(program: Program, plan: WasmPlan, team: Team, description: BackendDescription) {
    this.program = program;
    this.description = description;
    this.#plan = plan;
    this.#team = team;
    const { buffer } = team.memory;
    this.#integers = new Int32Array(buffer);
    this.#reals = new Float32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#doubles = new Float64Array(buffer);
    writeBlocks(buffer, plan.maker.blocks);
    this.#states = new ReplicaStates(
      program,
      plan.addresses.replicas.map((addresses) => this.#arraysOf(addresses)),
    );
    this.#metrics = new MetricsCollector(program.replicas, program.network.classes, 'float32');
  }

  load(source: PixelSource): void {
    this.#source = source;
    const { table } = this.#plan.addresses;
    for (let c = 0; c < source.channels; c++) {
      for (let byte = 0; byte < 256; byte++) {
        this.#reals[table / 4 + 256 * c + byte] = (byte / 255 - source.mean[c]) / source.deviation[c];
      }
    }
  }

  train(plan: BatchPlan, hyper: readonly StepHyper[]): void {
    this.#packed = -1;
    this.#plan.lists.forEach((lists, r) => {
      const isSame = plan.replicas[r] === plan.replicas[r - 1];
      if (!isSame) this.#writeBatch(plan, r);
      this.#writeCodes(r, hyper[r].activations);
      this.#writeHyper(r, hyper[r]);
      this.#run(isSame ? lists.trainOnSame : lists.train);
      this.#states.stepped(r, hyper[r]);
      this.#collectTraining(plan, r);
    });
  }

  evaluate(plan: BatchPlan, options: EvaluateOptions): void {
    this.#plan.lists.forEach((lists, r) => {
      if (this.#packed !== r) this.#run(lists.pack);
      this.#packed = r;
      if (plan.replicas[r] !== plan.replicas[r - 1]) this.#writeBatch(plan, r);
      this.#writeCodes(r, options.activations[r]);
      this.#run(lists.evaluate);
      this.#collectEvaluation(plan.count, r, options.logits === true);
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

  readGradients(replica: number): ReturnType<Step['readGradients']> {
    return this.#states.gradients(replica);
  }

  readState(replica: number): Promise<ReplicaState> {
    return this.#states.read(replica);
  }

  async writeState(replica: number, state: ReplicaState): Promise<void> {
    this.#packed = -1;
    await this.#states.write(replica, state);
  }

  async dispose(): Promise<void> {
    await this.#team.dispose();
  }

  measure(work: () => void): readonly MeasuredCall[] {
    const measured: MeasuredCall[] = [];
    this.#measured = measured;
    try {
      work();
    } finally {
      this.#measured = null;
    }
    return measured;
  }

  get memoryBytes(): number {
    return this.#plan.bytes;
  }

  #run(list: CallList): void {
    const { profile } = this.#plan;
    const measured = this.#measured;
    if (measured === null) {
      this.#team.run(list.address, list.items.length, 0);
      return;
    }
    this.#doubles.fill(0, profile / 8, profile / 8 + list.items.length);
    this.#team.run(list.address, list.items.length, profile);
    list.items.forEach(({ kernel, call }, i) => {
      measured.push({ kernel, call, milliseconds: this.#doubles[profile / 8 + i] });
    });
  }

  /** Bytes, labels and draws of the batch. */
  #writeBatch(plan: BatchPlan, replica: number): void {
    const source = this.#source;
    if (source === null) throw new Error('no dataset is loaded');
    const { count, labels, draws, bytes } = this.#plan.addresses;
    const size = source.channels * source.height * source.width;
    const one: ReplicaPlan = plan.replicas[replica];
    this.#integers[count / 4] = plan.count;
    for (let n = 0; n < plan.count; n++) {
      const index = one.indices[n];
      this.#bytes.set(source.pixels.subarray(index * size, (index + 1) * size), bytes + n * size);
      this.#integers[labels / 4 + n] = source.labels[index];
      const draw = draws / 4 + 3 * n;
      this.#integers[draw] = one.shiftY[n];
      this.#integers[draw + 1] = one.shiftX[n];
      this.#integers[draw + 2] = one.flip[n];
    }
  }

  #writeCodes(replica: number, activations: readonly ActivationName[]): void {
    const at = this.#plan.addresses.replicas[replica].codes / 4;
    activations.forEach((name, slot) => {
      this.#integers[at + slot] = codeOf('activation', name);
    });
  }

  #writeHyper(replica: number, hyper: StepHyper): void {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = hyper;
    const { learningRate, momentum, weightDecay } = hyper;
    const step = this.#states.steps(replica);
    const words = wordsOf(blocks.Hyper, {
      optimizer: codeOf('optimizer', hyper.optimizer),
      firstStep: step === 0 ? 1 : 0,
      nesterov: hyper.nesterov ? 1 : 0,
      learningRate,
      momentum,
      fresh: 1 - hyper.dampening,
      weightDecay,
      beta1,
      beta2,
      epsilon,
      adamRate: learningRate / (1 - beta1 ** (step + 1)),
      adamScale: 1 / (1 - beta2 ** (step + 1)),
    });
    const views = { integers: this.#integers, reals: this.#reals };
    writeBlock(views, { address: this.#plan.addresses.replicas[replica].hyper, words });
  }

  #collectTraining(plan: BatchPlan, replica: number): void {
    const labels = this.#plan.addresses.labels / 4;
    const correct = countCorrect(this.#predicted(replica), this.#integers.subarray(labels), plan.count);
    this.#metrics.trained(replica, this.#output(replica, 'losses'), plan.count, correct);
  }

  #collectEvaluation(count: number, replica: number, logits: boolean): void {
    const evaluated = {
      losses: this.#output(replica, 'losses'),
      predicted: this.#predicted(replica),
      logits: logits ? this.#output(replica, 'logits') : null,
    };
    this.#metrics.evaluated(replica, evaluated, count);
  }

  /** The memory from an output buffer on. */
  #output(replica: number, name: 'losses' | 'logits'): Float32Array {
    const id = this.program.outputs[name];
    return this.#reals.subarray(addressOf(this.program, this.#plan.addresses, replica, id) / 4);
  }

  #predicted(replica: number): Int32Array {
    const { predicted } = this.program.outputs;
    return this.#integers.subarray(addressOf(this.program, this.#plan.addresses, replica, predicted) / 4);
  }

  /** One replica's flat arrays, as they lie in memory. */
  #arraysOf(addresses: ReplicaAddresses): ReplicaArrays {
    const { parameterElements, statisticElements } = this.program;
    const arrayOf = (array: StateArray) => {
      const address =
        typeof array === 'string' ? addresses[array] : [addresses.first, addresses.second][array.slot];
      const elements = array === 'statistics' ? statisticElements : parameterElements;
      return this.#reals.subarray(address / 4, address / 4 + elements);
    };
    return { read: arrayOf, write: (array, values) => arrayOf(array).set(values) };
  }
}
