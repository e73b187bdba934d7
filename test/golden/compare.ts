/** Running a backend on a golden case, and measuring how far it is from PyTorch. */
import { maxOf } from '../../src/base/extremes.js';
import type { Step } from '../../src/compile/step.js';
import {
  type Fixture,
  type FreeRun,
  type GoldenCase,
  type GoldenTensor,
  hyperOf,
  type RestartedStep,
} from './fixtures.js';
import { digest, digestDistance, formulaPlan, formulaSource, formulaState } from './formula.js';

type Tensors = ReadonlyMap<string, Float32Array | Float64Array>;

/** L2 distance of each tensor from the fixture's. */
export function distances(actual: Tensors, golden: readonly GoldenTensor[]): number[] {
  return golden.map((tensor) => {
    const values = actual.get(tensor.name);
    if (values?.length !== tensor.elements) throw new Error(`no tensor ${tensor.name}`);
    return digestDistance(digest(tensor.name, values), tensor.digest, tensor.elements);
  });
}

/** The largest distance relative to the tensor's norm; a tensor that is all rounding counts as of norm 1e-6. */
export function worstRelative(actual: Tensors, golden: readonly GoldenTensor[]): number {
  return maxOf(distances(actual, golden).map((error, i) => error / (golden[i].norm + 1e-6)));
}

export interface FreeRunErrors {
  /** Largest difference of a loss, over the steps. */
  readonly losses: number;
  /** Relative to each tensor's norm. */
  readonly gradients: number;
  readonly statistics: number;
  readonly evaluationLosses: number;
  readonly evaluationLogits: number;
}

/** Six steps and an evaluation, as `free_run` of make_fixtures.py. */
export async function freeRunErrors(
  step: Step,
  fixture: Fixture<FreeRun>,
  entry: FreeRun,
): Promise<FreeRunErrors> {
  const { case: golden } = entry;
  const { program } = step;
  step.load(formulaSource(golden.images, golden.classes));
  await step.writeState(0, formulaState(program, { seed: 1, beta: golden.beta, steps: 0 }));
  let gradients = Number.NaN;
  for (let s = 0; s < golden.steps; s++) {
    step.train(formulaPlan(s, golden.batch, golden.images), [hyperOf(golden, program, s)]);
    if (s > 0) continue;
    const expected = fixture.tensors(entry.gradients, program.parameters);
    gradients = worstRelative(await step.readGradients(0), expected);
  }
  const { activations } = hyperOf(golden, program, 0);
  step.evaluate(formulaPlan(0, golden.batch, golden.images), { activations: [activations], logits: true });
  const [metrics] = await step.metrics();
  const state = await step.readState(0);
  const logits = new Map([['logits', metrics.logits ?? new Float64Array()]]);
  const logitsSpec = { name: 'logits', elements: golden.batch * golden.classes };
  return {
    losses: largestDifference(metrics.stepLosses, fixture.numbers(entry.losses)),
    gradients,
    statistics: worstRelative(state.statistics, fixture.tensors(entry.statistics, program.statistics)),
    evaluationLosses: largestDifference(metrics.losses, fixture.numbers(entry.evaluationLosses)),
    evaluationLogits: worstRelative(logits, fixture.tensors(entry.evaluationLogits, [logitsSpec])),
  };
}

export interface RestartedErrors {
  readonly loss: number;
  /** Relative to each tensor's norm. */
  readonly gradients: number;
  /** Each tensor's error in units of PyTorch's own: of its fp32, or those given. */
  readonly ratios: readonly number[];
  /** `null` where the fixture has none. */
  readonly updated: number | null;
  readonly statistics: number | null;
}

/**
 * One step from the formula's weights of this step, as `restarted` of make_fixtures.py.
 * @param peer PyTorch's own error of each tensor; default: of its fp32
 */
export async function restartedErrors(
  step: Step,
  golden: GoldenCase,
  fixture: Fixture<unknown>,
  entry: RestartedStep,
  peer: ArrayLike<number> = fixture.numbers(entry.fp32Errors),
): Promise<RestartedErrors> {
  const { program } = step;
  await step.writeState(
    0,
    formulaState(program, { seed: entry.step, beta: golden.beta, steps: entry.step - 1 }),
  );
  step.train(formulaPlan(entry.step, golden.batch, golden.images), [hyperOf(golden, program, 0)]);
  const [metrics] = await step.metrics();
  const expected = fixture.tensors(entry.gradients, program.parameters);
  const gradients = await step.readGradients(0);
  const errors = distances(gradients, expected);
  const state = entry.updated === null ? null : await step.readState(0);
  const { updated, statistics } = entry;
  return {
    loss: Math.abs(metrics.stepLosses[0] - fixture.numbers(entry.loss)[0]),
    gradients: worstRelative(gradients, expected),
    ratios: errors.map((error, i) => error / peer[i]),
    updated:
      state === null || updated === null
        ? null
        : worstRelative(state.parameters, fixture.tensors(updated, program.parameters)),
    statistics:
      state === null || statistics === null
        ? null
        : worstRelative(state.statistics, fixture.tensors(statistics, program.statistics)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function largestDifference(actual: ArrayLike<number>, expected: Float64Array): number {
  if (actual.length !== expected.length) return Number.NaN;
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i])), 0);
}
