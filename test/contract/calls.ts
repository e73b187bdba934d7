/**
 * Every call of a Program by itself: a backend gets the inputs that the reference in float64 has (rounded to float32),
 * runs the call, and gives back what it wrote. So an error is seen in the call that made it, and in every element.
 */

import { referenceKernels, runCalls } from '../../src/backends/reference/kernels.js';
import { ReferenceMemory, ReplicaTensors } from '../../src/backends/reference/memory.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { KernelCall, Program } from '../../src/compile/program.js';
import type { BatchPlan, PixelSource, StepHyper } from '../../src/compile/step.js';
import { buffersOf } from '../../src/compile/uses.js';
import type { Network } from '../../src/nn/network.js';

export type List = 'train' | 'evaluate';
export type Values = Float32Array | Float64Array | Int32Array;

/** A tensor that is no buffer of the Program. */
export type Tensor =
  | { readonly kind: 'parameters' | 'statistics' | 'first' | 'second' }
  | { readonly kind: 'gradient'; readonly parameter: number }
  | { readonly kind: 'buffer'; readonly id: number };

/** A backend whose calls can be run one by one. */
export interface CallBench {
  /** Calls that are run together, in order. */
  groups(list: List): readonly (readonly KernelCall[])[];
  begin(inputs: StepInputs): Promise<void>;
  write(tensor: Tensor, replica: number, values: Float32Array): void;
  run(list: List, group: number): Promise<void>;
  read(tensor: Tensor, replica: number): Promise<Values>;
  dispose(): Promise<void>;
}

export interface StepInputs {
  readonly source: PixelSource;
  readonly plan: BatchPlan;
  /** One per replica. */
  readonly hyper: readonly StepHyper[];
  readonly list: List;
}

export interface CallCase {
  readonly network: Network;
  readonly batch: number;
  readonly source: PixelSource;
  readonly plan: BatchPlan;
  readonly hyper: readonly StepHyper[];
}

export interface CallError {
  /** `train 12: convolution, buffer p1.raw, replica 2`. */
  readonly where: string;
  readonly kernels: readonly string[];
  /** Largest error of an element, in units of |expected| + the tensor's root mean square (of a sum: and of what is summed). */
  readonly error: number;
}

/** The error of everything that every call writes. */
export async function callErrors(
  testCase: CallCase,
  open: (program: Program) => Promise<CallBench>,
): Promise<CallError[]> {
  const { network, batch, hyper } = testCase;
  const program = compile(network, { batch, replicas: hyper.length });
  const bench = await open(program);
  const oracles = hyper.map((_, r) => newOracle(program, r));
  const errors: CallError[] = [];
  for (const list of ['train', 'evaluate'] as const) {
    const inputs = { ...testCase, list };
    await bench.begin(inputs);
    for (const [g, calls] of bench.groups(list).entries()) {
      for (const [r, oracle] of oracles.entries()) prepare(bench, program, calls, oracle, inputs, r);
      await bench.run(list, g);
      for (const [r, oracle] of oracles.entries()) {
        runCalls(calls, referenceKernels, oracle);
        for (const tensor of written(calls, readElsewhere(program[list], calls))) {
          const actual = await bench.read(tensor, r);
          const expected = oracleValues(oracle, tensor);
          const kernels = calls.map(({ kernel }) => kernel);
          const where = `${list} ${g}: ${kernels.join(' and ')}, ${nameOf(program, tensor)}, replica ${r}`;
          const length = comparedLength(expected, tensor, program, testCase);
          const scale = rootMeanSquare(expected, length) + summedScale(calls, oracle, tensor);
          errors.push({ where, kernels, error: elementError(actual, expected, length, scale) });
        }
      }
    }
  }
  await bench.dispose();
  return errors;
}

function newOracle(program: Program, replica: number): ReferenceMemory {
  const memory = new ReferenceMemory(program, 'float64');
  const tensors = new ReplicaTensors(program, 'float64');
  const state = initialState(program, 3 + replica);
  program.parameters.forEach(({ name, offset, shape }) => {
    const values = state.parameters.get(name) ?? [];
    // Gamma and beta away from 1 and 0, so that nothing drops out.
    const shift = shape.length === 1 ? (i: number) => 0.3 * Math.sin(1 + i + offset) : () => 0;
    tensors.parameters.set(
      Array.from(values, (value, i) => Math.fround(value + shift(i))),
      offset,
    );
  });
  for (const { name, offset } of program.statistics) {
    tensors.statistics.set(state.statistics.get(name) ?? [], offset);
  }
  tensors.moments.forEach((moment, k) => {
    for (let i = 0; i < moment.length; i++) moment[i] = Math.fround(0.01 * Math.sin(i + k) ** 2);
  });
  tensors.steps = 1;
  memory.bind(tensors, {
    source: {
      pixels: new Uint8Array(),
      labels: new Uint8Array(),
      channels: 0,
      height: 0,
      width: 0,
      mean: [],
      deviation: [],
    },
    plan: {
      indices: new Int32Array(),
      shiftY: new Int8Array(),
      shiftX: new Int8Array(),
      flip: new Uint8Array(),
    },
    count: 0,
    activations: [],
    hyper: null,
  });
  return memory;
}

/** Rounds the oracle's inputs to float32 and gives them to the bench. */
function prepare(
  bench: CallBench,
  program: Program,
  calls: readonly KernelCall[],
  oracle: ReferenceMemory,
  { source, plan, hyper, list }: StepInputs,
  r: number,
): void {
  oracle.bind(oracle.tensors, {
    source,
    plan: plan.replicas[r],
    count: plan.count,
    activations: hyper[r].activations,
    hyper: list === 'train' ? hyper[r] : null,
  });
  const made = new Set<number>();
  const give = (tensor: Tensor) => {
    const values = oracleValues(oracle, tensor);
    for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]);
    bench.write(tensor, r, Float32Array.from(values));
  };
  give({ kind: 'parameters' });
  give({ kind: 'statistics' });
  give({ kind: 'first' });
  give({ kind: 'second' });
  for (const call of calls) {
    const { reads, writes } = buffersOf(call);
    for (const id of reads) {
      if (!made.has(id) && program.buffers[id].type === 'real') give({ kind: 'buffer', id });
    }
    for (const id of writes) made.add(id);
  }
}

/** Buffers that calls of a list read which are not among some of them. */
function readElsewhere(list: readonly KernelCall[], calls: readonly KernelCall[]): Set<number> {
  const others = list.filter((call) => !calls.includes(call));
  return new Set(others.flatMap((call) => buffersOf(call).reads));
}

/** What is compared after calls; what one of them makes for the next alone may not exist in a backend. */
function written(calls: readonly KernelCall[], elsewhere: ReadonlySet<number>): Tensor[] {
  const inner = new Set(calls.slice(1).flatMap((call) => buffersOf(call).reads));
  const isFused = (id: number) => inner.has(id) && !elsewhere.has(id);
  return calls.flatMap((call): Tensor[] => [
    ...buffersOf(call)
      .writes.filter((id) => !isFused(id))
      .map((id): Tensor => ({ kind: 'buffer', id })),
    ...otherWrites(call),
  ]);
}

function otherWrites(call: KernelCall): Tensor[] {
  switch (call.kernel) {
    case 'batchNorm':
      return [{ kind: 'statistics' }];
    case 'convolutionWeightGradient':
      return [{ kind: 'gradient', parameter: call.weight }];
    case 'batchNormGradient':
      return [
        { kind: 'gradient', parameter: call.gamma },
        { kind: 'gradient', parameter: call.beta },
      ];
    case 'biasGradient':
      return [{ kind: 'gradient', parameter: call.bias }];
    case 'update':
      return [{ kind: 'parameters' }, { kind: 'first' }, { kind: 'second' }];
    default:
      return [];
  }
}

export function oracleValues(memory: ReferenceMemory, tensor: Tensor): Values {
  const { tensors } = memory;
  switch (tensor.kind) {
    case 'parameters':
      return tensors.parameters;
    case 'statistics':
      return tensors.statistics;
    case 'first':
      return tensors.moments[0];
    case 'second':
      return tensors.moments[1];
    case 'gradient':
      return memory.gradient(tensor.parameter);
    case 'buffer':
      return memory.program.buffers[tensor.id].type === 'int32'
        ? memory.integers(tensor.id)
        : memory.real(tensor.id);
    default:
      return tensor satisfies never;
  }
}

function nameOf(program: Program, tensor: Tensor): string {
  if (tensor.kind === 'buffer') return `buffer ${program.buffers[tensor.id].name}`;
  return tensor.kind === 'gradient'
    ? `gradient of ${program.parameters[tensor.parameter].name}`
    : tensor.kind;
}

/** Predictions and logits of masked examples mean nothing. */
function comparedLength(expected: Values, tensor: Tensor, program: Program, { plan }: CallCase): number {
  const { logits, losses, predicted } = program.outputs;
  const isOutput = tensor.kind === 'buffer' && [logits, losses, predicted].includes(tensor.id);
  return isOutput ? (expected.length / program.batch) * plan.count : expected.length;
}

/** Sums of a gradient may cancel to nothing: their rounding is that of what is summed. */
function summedScale(calls: readonly KernelCall[], oracle: ReferenceMemory, tensor: Tensor): number {
  let scale = 0;
  for (const call of calls) {
    const isSum = 'target' in call && tensor.kind === 'buffer' && tensor.id === call.target.sums;
    if (isSum) scale = rootMeanSquare(oracle.real(call.target.dz));
    if (call.kernel === 'batchNormGradient' && tensor.kind === 'gradient') {
      scale = rootMeanSquare(oracle.real(call.sums));
    }
  }
  return scale;
}

function rootMeanSquare(values: Values, length = values.length): number {
  let squares = 0;
  for (let i = 0; i < length; i++) squares += values[i] ** 2;
  return Math.sqrt(squares / length);
}

function elementError(actual: Values, expected: Values, length: number, scale: number): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / (Math.abs(expected[i]) + scale + 1e-30);
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, error);
  }
  return worst;
}
