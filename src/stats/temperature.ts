/**
 * Temperature scaling: dividing all logits by one number T > 0 leaves every predicted class and changes only the
 * confidence. How far the loss falls at the best T is how much of it was over-confidence.
 * Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017, section
 * 4.2 (eq. 9).
 */

import { permutation, RandomStream } from '../base/random.js';
import { calibrationError } from './calibration.js';
import { ok, type Result, undefinedBecause } from './result.js';

/** Logits of n examples, row by row ([n, classes]), with their labels ([n]). */
export interface Logits {
  readonly logits: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

export interface Temperature {
  readonly temperature: number;
  /** Mean cross-entropy in nats at T = 1 and at `temperature`, on the examples of the fit. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** The best T lies outside 0.01 to 100 (all answers right, or all wrong): the nearer bound is given. */
  readonly atBound: boolean;
}

export interface CrossFit {
  /** Of the first and of the second half, each measured on the other. */
  readonly temperatures: readonly [number, number];
  /** Means over all examples, each measured at the temperature of the half it is not in. */
  readonly lossBefore: number;
  readonly lossAfter: number;
  /** Expected calibration error, 15 bins of equal width. */
  readonly calibrationBefore: number;
  readonly calibrationAfter: number;
  readonly atBound: boolean;
}

const LOWEST = 0.01;
const HIGHEST = 100;

/**
 * The temperature with the lowest cross-entropy, by Newton's method on b = 1 / T (the loss is convex in b: its second
 * derivative is the mean variance of the logits under the softmax), kept inside a shrinking bracket.
 * Undefined for no examples, sizes that do not fit, labels outside the classes, and logits that are not finite.
 */
export function fitTemperature(data: Logits): Result<Temperature> {
  const problem = logitsProblem(data);
  if (problem !== null) return undefinedBecause(problem);
  return ok(optimum(data, allOf(data)));
}

/**
 * Fits on one half and measures on the other, both ways: what is reported was never fitted on itself. The halves are a
 * permutation of `seed`. Undefined as `fitTemperature`, and below two examples.
 */
export function crossFitTemperature(data: Logits, seed = 0): Result<CrossFit> {
  const problem = logitsProblem(data);
  if (problem !== null) return undefinedBecause(problem);
  const n = data.labels.length;
  if (n < 2) return undefinedBecause('halves need at least two examples');
  const order = permutation(n, new RandomStream(seed, 'split'));
  const halves = [order.slice(0, Math.floor(n / 2)), order.slice(Math.floor(n / 2))];
  const fits = halves.map((half) => optimum(data, half));
  const before = halves.map((half) => measure(data, half, 1));
  const after = halves.map((half, i) => measure(data, half, fits[1 - i].temperature));
  return ok({
    temperatures: [fits[0].temperature, fits[1].temperature] as const,
    lossBefore: (before[0].loss + before[1].loss) / n,
    lossAfter: (after[0].loss + after[1].loss) / n,
    calibrationBefore: errorOf(before),
    calibrationAfter: errorOf(after),
    atBound: fits[0].atBound || fits[1].atBound,
  });
}

interface Measured {
  /** Sum of the examples' cross-entropies. */
  readonly loss: number;
  readonly confidences: readonly number[];
  readonly correct: readonly boolean[];
}

function errorOf(parts: readonly Measured[]): number {
  const result = calibrationError(
    parts.flatMap((part) => part.confidences),
    parts.flatMap((part) => part.correct),
  );
  // Softmax confidences lie in [0, 1] and there are at least two examples, so the error exists.
  return result.status === 'ok' ? result.error : 0;
}

function allOf(data: Logits): Int32Array {
  return Int32Array.from({ length: data.labels.length }, (_, i) => i);
}

function optimum(data: Logits, indices: Int32Array): Temperature {
  let low = 1 / HIGHEST;
  let high = 1 / LOWEST;
  let b = 1;
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const { slope, curvature } = derivatives(data, indices, b);
    if (slope > 0) high = b;
    else low = b;
    const next = b - slope / curvature;
    if (Math.abs(next - b) <= 1e-14 * b) break;
    b = next > low && next < high ? next : Math.sqrt(low * high);
  }
  const atBound = b > (1 / LOWEST) * (1 - 1e-9) || b < (1 / HIGHEST) * (1 + 1e-9);
  const n = indices.length;
  return {
    temperature: 1 / b,
    lossBefore: measure(data, indices, 1).loss / n,
    lossAfter: measure(data, indices, 1 / b).loss / n,
    atBound,
  };
}

/** First and second derivative of the mean loss by b = 1 / T. */
function derivatives(data: Logits, indices: Int32Array, b: number): { slope: number; curvature: number } {
  const { logits, labels, classes } = data;
  let slope = 0;
  let curvature = 0;
  for (const i of indices) {
    const start = i * classes;
    const top = largest(logits, start, classes);
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let c = 0; c < classes; c++) {
      const z = logits[start + c] - top;
      const weight = Math.exp(b * z);
      sum += weight;
      first += weight * z;
      second += weight * z * z;
    }
    const meanLogit = first / sum;
    slope += meanLogit - (logits[start + labels[i]] - top);
    curvature += second / sum - meanLogit ** 2;
  }
  return { slope: slope / indices.length, curvature: curvature / indices.length };
}

function measure({ logits, labels, classes }: Logits, indices: Int32Array, temperature: number): Measured {
  let loss = 0;
  const confidences: number[] = [];
  const correct: boolean[] = [];
  for (const i of indices) {
    const start = i * classes;
    const top = largest(logits, start, classes);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp((logits[start + c] - top) / temperature);
    loss += Math.log(sum) - (logits[start + labels[i]] - top) / temperature;
    confidences.push(1 / sum);
    correct.push(logits[start + labels[i]] === top);
  }
  return { loss, confidences, correct };
}

function largest(logits: ArrayLike<number>, start: number, classes: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) top = Math.max(top, logits[start + c]);
  return top;
}

function logitsProblem({ logits, labels, classes }: Logits): string | null {
  if (labels.length === 0) return 'there are no examples';
  if (logits.length !== labels.length * classes) {
    return `${logits.length} logits do not fit ${labels.length} examples of ${classes} classes`;
  }
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes) {
      return `label ${labels[i]} of example ${i + 1} is outside 0 to ${classes - 1}`;
    }
  }
  for (let i = 0; i < logits.length; i++) {
    if (!Number.isFinite(logits[i])) return `a logit of example ${Math.floor(i / classes) + 1} is not finite`;
  }
  return null;
}
