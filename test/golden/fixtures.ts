/** The committed fixtures: what PyTorch computed (see make_fixtures.py). */
import { readFileSync } from 'node:fs';
import { compile } from '../../src/compile/compile.js';
import type { Program } from '../../src/compile/program.js';
import type { StepHyper } from '../../src/compile/step.js';
import { type ActivationSpec, activationsFor } from '../../src/nn/activations.js';
import { buildNetwork } from '../../src/nn/build.js';
import type { OptimizerName } from '../../src/optim/optimizer.js';
import { learningRateAt, type ScheduleSpec } from '../../src/optim/schedule.js';
import { digestLength } from './formula.js';

export interface GoldenCase {
  readonly name: string;
  readonly width: number;
  /** Middle of batch-norm's beta in the formula. */
  readonly beta: number;
  readonly batch: number;
  readonly classes: number;
  readonly images: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly schedule: ScheduleSpec;
  readonly weightDecay: number;
  readonly activation: ActivationSpec;
  readonly optimizer: { readonly name: OptimizerName } & Partial<
    Omit<StepHyper, 'optimizer' | 'learningRate' | 'weightDecay' | 'activations'>
  >;
}

/** Offset and length in the file of numbers. */
export type Entry = readonly [number, number];

export interface FreeRun {
  readonly case: GoldenCase;
  readonly gradients: Entry;
  readonly losses: Entry;
  readonly statistics: Entry;
  readonly evaluationLosses: Entry;
  readonly evaluationLogits: Entry;
}

export interface RestartedStep {
  readonly step: number;
  /** Of float64 and of fp32. */
  readonly loss: Entry;
  readonly gradients: Entry;
  /** Typical L2 errors (root mean square over 16 draws) of PyTorch's contiguous fp32, one per parameter. */
  readonly fp32Errors: Entry;
  readonly updated: Entry | null;
  readonly statistics: Entry | null;
}

export interface RestartedCase {
  readonly case: GoldenCase;
  readonly steps: readonly RestartedStep[];
}

/** A tensor's digest as the fixture has it. */
export interface GoldenTensor {
  readonly name: string;
  readonly elements: number;
  readonly norm: number;
  readonly digest: Float64Array;
}

export class Fixture<T> {
  readonly cases: readonly T[];
  readonly #numbers: Float64Array;

  constructor(name: 'narrow' | 'steps' | 'full') {
    const file = (extension: string) => new URL(`fixtures/${name}.${extension}`, import.meta.url);
    this.cases = (JSON.parse(readFileSync(file('json'), 'utf8')) as { cases: readonly T[] }).cases;
    const bytes = readFileSync(file('bin'));
    this.#numbers = new Float64Array(new Uint8Array(bytes).buffer);
  }

  numbers([offset, length]: Entry): Float64Array {
    return this.#numbers.subarray(offset, offset + length);
  }

  tensors(
    entry: Entry,
    specs: readonly { readonly name: string; readonly elements: number }[],
  ): GoldenTensor[] {
    const numbers = this.numbers(entry);
    let at = 0;
    const tensors = specs.map(({ name, elements }) => {
      const length = digestLength(elements);
      const tensor = {
        name,
        elements,
        norm: numbers[at],
        digest: numbers.subarray(at + 1, at + 1 + length),
      };
      at += 1 + length;
      return tensor;
    });
    if (at !== numbers.length) throw new Error('the fixture has other tensors than the network');
    return tensors;
  }
}

interface HalvesFixture {
  readonly cases: readonly {
    readonly name: string;
    readonly steps: readonly { readonly step: number; readonly errors: readonly number[] }[];
  }[];
}

/**
 * L2 errors of a step's gradients in PyTorch's float64 where the factors of pointwise convolutions are rounded to f16, one per
 * parameter (make_halves.py); null: not made for this step.
 */
export function halvesErrors(name: string, step: number): Float64Array | null {
  const file = new URL('fixtures/halves.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as HalvesFixture;
  const found = cases.find((one) => one.name === name)?.steps.find((one) => one.step === step);
  return found === undefined ? null : Float64Array.from(found.errors);
}

const programs = new Map<string, Program>();

/** The case's network, compiled; equal shapes share one Program. */
export function programOf({ width, classes, batch }: GoldenCase): Program {
  const key = `${width} ${classes} ${batch}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const ends = { height: 32, width: 32, channels: 3, classes };
  const program = compile(buildNetwork({ name: 'mobilenet', width }, ends), { batch, replicas: 1 });
  programs.set(key, program);
  return program;
}

/** Hyperparameters of a step counted from 0; a step stands for an epoch. */
export function hyperOf(golden: GoldenCase, program: Program, step: number): StepHyper {
  const { name, ...options } = golden.optimizer;
  return {
    optimizer: name,
    momentum: 0,
    dampening: 0,
    nesterov: false,
    ...options,
    learningRate: learningRateAt(golden.schedule, golden.learningRate, step, golden.steps),
    weightDecay: golden.weightDecay,
    activations: activationsFor(program.network, golden.activation),
  };
}
