/** The WebAssembly backend's Step. Pure: the surroundings give it memory and a team of threads (see node/). */
import type { Program } from '../../compile/program.js';
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
import { type ActivationName, activationNames } from '../../nn/network.js';
import { writeBlocks } from './emitter.js';
import { type CallList, ListMaker } from './lists.js';
import { type Addresses, addressOf, type KernelShape, planMemory, Region } from './memory.js';
import { readState, writeState } from './state.js';

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
  readonly pack: CallList;
  readonly evaluate: CallList;
}

/** Plans memory and lists for up to `threads` threads. */
export function planWasm(program: Program, threads: number, shape: KernelShape): WasmPlan {
  const region = new Region();
  const addresses = planMemory(program, threads, shape, region);
  const maker = new ListMaker(program, addresses, shape, region);
  const lists = Array.from({ length: program.replicas }, (_, replica) => ({
    train: maker.make(program.train, replica, true),
    pack: maker.makePacking(program.evaluate, replica),
    evaluate: maker.make(program.evaluate, replica, false),
  }));
  const longest = lists.reduce((most, { train }) => Math.max(most, train.items.length), 0);
  const profile = region.take(8 * longest);
  return { addresses, maker, lists, profile, bytes: region.next };
}

interface Collected {
  stepLosses: number[];
  trainCorrect: number;
  trainExamples: number;
  losses: number[];
  predicted: number[];
  logits: Float32Array[];
}

function nothing(): Collected {
  return { stepLosses: [], trainCorrect: 0, trainExamples: 0, losses: [], predicted: [], logits: [] };
}

const optimizerCodes = { sgd: 0, adam: 1, adamw: 2 } as const;

/** A Step over a team. Work is done when `train` and `evaluate` return; replicas run one after another. */
export class WasmStep implements Step {
  readonly program: Program;
  readonly description: BackendDescription;
  /** Milliseconds by kernel since profiling was turned on; `null`: off. */
  profile: Map<string, number> | null = null;
  readonly #plan: WasmPlan;
  readonly #team: Team;
  readonly #integers: Int32Array;
  readonly #reals: Float32Array;
  readonly #bytes: Uint8Array;
  readonly #doubles: Float64Array;
  #source: PixelSource | null = null;
  #collected: Collected[];
  readonly #optimizers: ('none' | 'sgd' | 'adam')[];
  readonly #steps: number[];
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
    this.#collected = plan.lists.map(nothing);
    this.#optimizers = plan.lists.map(() => 'none');
    this.#steps = plan.lists.map(() => 0);
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
      this.#writeBatch(plan, r);
      this.#writeCodes(r, hyper[r].activations);
      this.#writeHyper(r, hyper[r]);
      this.#run(lists.train);
      this.#steps[r]++;
      if (hyper[r].optimizer !== 'sgd') this.#optimizers[r] = 'adam';
      else if (hyper[r].momentum !== 0) this.#optimizers[r] = 'sgd';
      this.#collectTraining(plan, r);
    });
  }

  evaluate(plan: BatchPlan, options: EvaluateOptions): void {
    this.#plan.lists.forEach((lists, r) => {
      if (this.#packed !== r) this.#run(lists.pack);
      this.#packed = r;
      this.#writeBatch(plan, r);
      this.#writeCodes(r, options.activations[r]);
      this.#run(lists.evaluate);
      this.#collectEvaluation(plan.count, r, options.logits === true);
    });
  }

  async metrics(): Promise<ReplicaMetrics[]> {
    const metrics = this.#collected.map((one) => ({
      stepLosses: Float64Array.from(one.stepLosses),
      trainCorrect: one.trainCorrect,
      trainExamples: one.trainExamples,
      losses: Float32Array.from(one.losses),
      predicted: Int32Array.from(one.predicted),
      logits: one.logits.length === 0 ? null : concatenate(one.logits),
    }));
    this.#collected = this.#plan.lists.map(nothing);
    return metrics;
  }

  async gradientNorms(replica: number): Promise<Float64Array> {
    const base = this.#plan.addresses.replicas[replica].gradients / 4;
    return Float64Array.from(this.program.parameters, ({ offset, elements }) => {
      let sum = 0;
      for (let i = base + offset; i < base + offset + elements; i++) sum += this.#reals[i] ** 2;
      return Math.sqrt(sum);
    });
  }

  async readGradients(replica: number): Promise<Map<string, Float32Array>> {
    const base = this.#plan.addresses.replicas[replica].gradients / 4;
    return new Map(
      this.program.parameters.map(({ name, offset, elements }) => [
        name,
        this.#reals.slice(base + offset, base + offset + elements),
      ]),
    );
  }

  async readState(replica: number): Promise<ReplicaState> {
    const addresses = this.#plan.addresses.replicas[replica];
    const optimizer = this.#optimizers[replica];
    return readState({
      program: this.program,
      reals: this.#reals,
      addresses,
      optimizer,
      steps: this.#steps[replica],
    });
  }

  async writeState(replica: number, state: ReplicaState): Promise<void> {
    this.#packed = -1;
    const addresses = this.#plan.addresses.replicas[replica];
    this.#optimizers[replica] = writeState({ program: this.program, reals: this.#reals, addresses }, state);
    this.#steps[replica] = state.steps;
  }

  async dispose(): Promise<void> {
    await this.#team.dispose();
  }

  /** Bytes of the kernels' memory. */
  get memoryBytes(): number {
    return this.#plan.bytes;
  }

  #run(list: CallList): void {
    const { profile } = this.#plan;
    const measured = this.profile;
    if (measured === null) {
      this.#team.run(list.address, list.items.length, 0);
      return;
    }
    this.#doubles.fill(0, profile / 8, profile / 8 + list.items.length);
    this.#team.run(list.address, list.items.length, profile);
    list.items.forEach(({ kernel }, i) => {
      measured.set(kernel, (measured.get(kernel) ?? 0) + this.#doubles[profile / 8 + i]);
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
      this.#integers[at + slot] = activationNames.indexOf(name);
    });
  }

  #writeHyper(replica: number, hyper: StepHyper): void {
    const { optimizer, learningRate, momentum, weightDecay } = hyper;
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = hyper;
    const at = this.#plan.addresses.replicas[replica].hyper / 4;
    const step = this.#steps[replica];
    this.#integers[at] = optimizerCodes[optimizer];
    this.#integers[at + 1] = step === 0 ? 1 : 0;
    this.#integers[at + 2] = hyper.nesterov ? 1 : 0;
    const rate = learningRate / (1 - beta1 ** (step + 1));
    const scale = 1 / (1 - beta2 ** (step + 1));
    const fresh = 1 - hyper.dampening;
    this.#reals.set([learningRate, momentum, fresh, weightDecay, beta1, beta2, epsilon, rate, scale], at + 3);
  }

  #collectTraining(plan: BatchPlan, replica: number): void {
    const collected = this.#collected[replica];
    const losses = this.#output(replica, 'losses');
    const predicted = this.#output(replica, 'predicted');
    const labels = this.#plan.addresses.labels / 4;
    let sum = 0;
    for (let n = 0; n < plan.count; n++) {
      sum += this.#reals[losses + n];
      if (this.#integers[predicted + n] === this.#integers[labels + n]) collected.trainCorrect++;
    }
    collected.stepLosses.push(sum / plan.count);
    collected.trainExamples += plan.count;
  }

  #collectEvaluation(count: number, replica: number, logits: boolean): void {
    const collected = this.#collected[replica];
    const losses = this.#output(replica, 'losses');
    const predicted = this.#output(replica, 'predicted');
    for (let n = 0; n < count; n++) {
      collected.losses.push(this.#reals[losses + n]);
      collected.predicted.push(this.#integers[predicted + n]);
    }
    if (!logits) return;
    const at = this.#output(replica, 'logits');
    collected.logits.push(this.#reals.slice(at, at + count * this.program.network.classes));
  }

  /** Index into the 4-byte views of an output buffer. */
  #output(replica: number, name: keyof Program['outputs']): number {
    return addressOf(this.program, this.#plan.addresses, replica, this.program.outputs[name]) / 4;
  }
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
