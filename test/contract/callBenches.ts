/** Backends whose calls the contract suite can run one by one. */
import { type ReferenceKernels, referenceKernels, runCalls } from '../../src/backends/reference/kernels.js';
import { ReferenceMemory, ReplicaTensors } from '../../src/backends/reference/memory.js';
import { partnerOf } from '../../src/backends/wasm/convolutions.js';
import { callBytes } from '../../src/backends/wasm/lists.js';
import { addressOf } from '../../src/backends/wasm/memory.js';
import { startTeam } from '../../src/backends/wasm/node/createStep.js';
import { shapeOf, type Variant } from '../../src/backends/wasm/node/variants.js';
import { planWasm, type Team, type WasmPlan, WasmStep } from '../../src/backends/wasm/step.js';
import { replicaWord } from '../../src/backends/webgpu/kernels/update.js';
import type { WebgpuStep } from '../../src/backends/webgpu/step.js';
import { byteTable, StepRow } from '../../src/backends/webgpu/stepData.js';
import { initialState } from '../../src/compile/initial.js';
import type { Program } from '../../src/compile/program.js';
import {
  type CallBench,
  type List,
  oracleValues,
  type StepInputs,
  type Tensor,
  type Values,
} from './calls.js';

/** The reference itself in float32, with kernels that a test may have broken. */
export class ReferenceBench implements CallBench {
  readonly #program: Program;
  readonly #kernels: ReferenceKernels;
  readonly #replicas: readonly { readonly memory: ReferenceMemory; readonly tensors: ReplicaTensors }[];
  #inputs: StepInputs | null = null;

  constructor(program: Program, kernels: Partial<ReferenceKernels> = {}) {
    this.#program = program;
    this.#kernels = { ...referenceKernels, ...kernels };
    this.#replicas = Array.from({ length: program.replicas }, () => {
      const tensors = new ReplicaTensors(program, 'float32');
      tensors.steps = 1;
      return { memory: new ReferenceMemory(program, 'float32'), tensors };
    });
  }

  groups(list: List) {
    return this.#program[list].map((call) => [call]);
  }

  async begin(inputs: StepInputs): Promise<void> {
    this.#inputs = inputs;
    const { source, plan, hyper, list } = inputs;
    this.#replicas.forEach(({ memory, tensors }, r) => {
      memory.bind(tensors, {
        source,
        plan: plan.replicas[r],
        count: plan.count,
        activations: hyper[r].activations,
        hyper: list === 'train' ? hyper[r] : null,
      });
    });
  }

  write(tensor: Tensor, replica: number, values: Float32Array): void {
    oracleValues(this.#replicas[replica].memory, tensor).set(values);
  }

  async run(list: List, group: number): Promise<void> {
    if (this.#inputs === null) throw new Error('begin first');
    for (const { memory } of this.#replicas) runCalls([this.#program[list][group]], this.#kernels, memory);
  }

  async read(tensor: Tensor, replica: number): Promise<Values> {
    return oracleValues(this.#replicas[replica].memory, tensor).slice();
  }

  async dispose(): Promise<void> {}
}

/** The kernels' own calls of one replica on the CPU, in one thread. */
export class WasmBench implements CallBench {
  readonly #step: WasmStep;
  readonly #plan: WasmPlan;
  readonly #team: Team;
  readonly #reals: Float32Array;
  readonly #integers: Int32Array;

  private constructor(step: WasmStep, plan: WasmPlan, team: Team) {
    this.#step = step;
    this.#plan = plan;
    this.#team = team;
    this.#reals = new Float32Array(team.memory.buffer);
    this.#integers = new Int32Array(team.memory.buffer);
  }

  static async open(program: Program, variant: Variant): Promise<WasmBench> {
    const plan = planWasm(program, 1, shapeOf(variant, 1));
    const team = await startTeam(plan, variant, 1);
    const description = { backend: 'wasm', variant, precision: 'float32', tiles: {}, threads: 1 } as const;
    return new WasmBench(new WasmStep(program, plan, team, description), plan, team);
  }

  /** Both gradients of a convolution are one group where they can be one kernel. */
  groups(list: List) {
    const calls = this.#step.program[list];
    return calls.flatMap((call, i) => {
      if (i > 0 && partnerOf(calls[i - 1], call) !== null) return [];
      const partner = partnerOf(call, calls[i + 1]);
      return [partner === null ? [call] : [call, partner]];
    });
  }

  /** Whole steps write what single calls find: the batch, the codes, the hyperparameters of a second step. */
  async begin({ source, plan, hyper, list }: StepInputs): Promise<void> {
    this.#step.load(source);
    if (list === 'evaluate') {
      this.#step.evaluate(plan, { activations: hyper.map(({ activations }) => activations) });
      return;
    }
    await this.#step.writeState(0, initialState(this.#step.program, 0));
    for (let i = 0; i < 2; i++) this.#step.train(plan, hyper);
  }

  write(tensor: Tensor, _: number, values: Float32Array): void {
    this.#reals.set(values, this.#place(tensor).at / 4);
  }

  async run(list: List, group: number): Promise<void> {
    const calls = this.groups(list)[group];
    const lists = this.#plan.lists[0];
    if (list === 'evaluate') this.#team.run(lists.pack.address, lists.pack.items.length, 0);
    lists[list].items.forEach(({ call }, i) => {
      if (calls.includes(call)) this.#team.run(lists[list].address + i * callBytes, 1, 0);
    });
  }

  async read(tensor: Tensor): Promise<Values> {
    const { at, elements } = this.#place(tensor);
    const isInteger = tensor.kind === 'buffer' && tensor.id === this.#step.program.outputs.predicted;
    return (isInteger ? this.#integers : this.#reals).slice(at / 4, at / 4 + elements);
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
  }

  #place(tensor: Tensor): { at: number; elements: number } {
    const { program } = this.#step;
    const { addresses } = this.#plan;
    const own = addresses.replicas[0];
    switch (tensor.kind) {
      case 'gradient': {
        const { offset, elements } = program.parameters[tensor.parameter];
        return { at: own.gradients + 4 * offset, elements };
      }
      case 'buffer':
        return {
          at: addressOf(program, addresses, 0, tensor.id),
          elements: program.buffers[tensor.id].elements,
        };
      case 'statistics':
        return { at: own.statistics, elements: program.statisticElements };
      default:
        return { at: own[tensor.kind], elements: program.parameterElements };
    }
  }
}

/** The dispatches of a WebGPU Step, unit by unit. */
export class WebgpuBench implements CallBench {
  readonly #step: WebgpuStep;

  constructor(step: WebgpuStep) {
    this.#step = step;
  }

  groups(list: List) {
    return this.#step.plan[list].map(({ calls }) => calls);
  }

  async begin({ source, plan, hyper, list }: StepInputs): Promise<void> {
    const { engine, plan: planned } = this.#step;
    this.#step.load(source);
    const row = new StepRow(planned.step);
    row.writeTable(byteTable(source));
    row.writeSlot(0);
    row.writeBatch(plan, source.labels);
    hyper.forEach((one, r) => {
      row.writeCodes(r, one.activations);
      if (list === 'train') row.writeHyper(r, one, 1);
    });
    engine.device.queue.writeBuffer(engine.buffer(planned.named.step), 0, row.words);
  }

  write(tensor: Tensor, replica: number, values: Float32Array): void {
    const { engine } = this.#step;
    const { resource, first } = this.#place(tensor, replica);
    engine.device.queue.writeBuffer(engine.buffer(resource), 4 * first, Float32Array.from(values));
  }

  async run(list: List, group: number): Promise<void> {
    const { engine } = this.#step;
    const encoder = engine.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    engine.encodeUnit(pass, list, group);
    pass.end();
    engine.device.queue.submit([encoder.finish()]);
    await engine.device.queue.onSubmittedWorkDone();
  }

  async read(tensor: Tensor, replica: number): Promise<Values> {
    const { engine, program } = this.#step;
    if (tensor.kind === 'gradient') this.#sumGradients(replica);
    const { resource, first, elements } = this.#place(tensor, replica);
    const { device } = engine;
    const staging = device.createBuffer({ size: 4 * elements, usage: 1 | 8 });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(engine.buffer(resource), 4 * first, staging, 0, 4 * elements);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const bytes = staging.getMappedRange().slice(0);
    staging.destroy();
    const isInteger = tensor.kind === 'buffer' && tensor.id === program.outputs.predicted;
    return isInteger ? new Int32Array(bytes) : new Float32Array(bytes);
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
  }

  #sumGradients(replica: number): void {
    const { engine } = this.#step;
    engine.writeUniform('gradientSums', replicaWord, replica);
    const encoder = engine.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    engine.encode(pass, 'gradientSums');
    pass.end();
    engine.device.queue.submit([encoder.finish()]);
  }

  /** Where a replica's tensor lies. */
  #place(tensor: Tensor, r: number): { resource: number; first: number; elements: number } {
    const { program, plan } = this.#step;
    const { named, results } = plan;
    const { parameterElements, statisticElements, batch } = program;
    switch (tensor.kind) {
      case 'parameters':
        return { resource: named.parameters, first: r * plan.parameterStride, elements: parameterElements };
      case 'first':
        return { resource: named.moments[0], first: r * plan.parameterStride, elements: parameterElements };
      case 'second':
        return { resource: named.moments[1], first: r * plan.parameterStride, elements: parameterElements };
      case 'statistics':
        return {
          resource: named.vectors,
          first: r * plan.vectorStride + plan.statisticsOffset,
          elements: statisticElements,
        };
      case 'gradient': {
        const { offset, elements } = program.parameters[tensor.parameter];
        return { resource: named.gradients, first: offset, elements };
      }
      case 'buffer': {
        const { elements } = program.buffers[tensor.id];
        const { losses, predicted, logits } = program.outputs;
        if (tensor.id === losses) return { resource: named.results, first: 2 * r * batch, elements };
        if (tensor.id === predicted) return { resource: named.results, first: (2 * r + 1) * batch, elements };
        if (tensor.id === logits) {
          const first = results.slots * results.head + r * elements;
          return { resource: named.results, first, elements };
        }
        const vector = plan.vectorOffsets[tensor.id];
        if (vector >= 0) {
          return { resource: named.vectors, first: r * plan.vectorStride + vector, elements };
        }
        const place = plan.bufferPlaces[tensor.id];
        if (place === null) throw new Error(`${program.buffers[tensor.id].name} has no place`);
        return { resource: place.resource, first: place.offset + r * elements, elements };
      }
      default:
        return tensor satisfies never;
    }
  }
}
