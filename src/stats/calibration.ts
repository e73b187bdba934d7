import { ok, type Result, undefinedBecause } from './result.js';

export interface CalibrationBin {
  readonly count: number;
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Calibration {
  /** sum over bins of count / n |accuracy - confidence|: a fraction, 0 is best. */
  readonly error: number;
  /** Mean confidence minus accuracy: above 0 is over-confident. */
  readonly overconfidence: number;
  readonly n: number;
  readonly bins: readonly CalibrationBin[];
}

/**
 * Expected calibration error of predictions: `confidences` are the largest class probabilities, `correct` whether the
 * predicted class was right. Empty bins are left out of `bins`.
 * Source: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017, eq. 3
 * (15 bins of equal width; bin m holds ((m - 1)/M, m/M]).
 * Undefined for no predictions, differing lengths, confidences outside [0, 1], and fewer than one bin.
 */
export function calibrationError(
  confidences: ArrayLike<number>,
  correct: ArrayLike<boolean | number>,
  { bins = 15 }: { readonly bins?: number } = {},
): Result<Calibration> {
  const n = confidences.length;
  if (n === 0 || n !== correct.length) {
    return undefinedBecause(`${n} confidences and ${correct.length} answers cannot be compared`);
  }
  if (!Number.isInteger(bins) || bins < 1) return undefinedBecause(`at least one bin is needed, got ${bins}`);
  for (let i = 0; i < n; i++) {
    if (!(confidences[i] >= 0 && confidences[i] <= 1)) {
      return undefinedBecause(`confidence ${i + 1} lies outside 0 to 1`);
    }
  }
  const filled = equalWidth(confidences, bins)
    .filter((indices) => indices.length > 0)
    .map((indices) => binOf(indices, confidences, correct));
  const error = filled.reduce(
    (sum, bin) => sum + (bin.count / n) * Math.abs(bin.accuracy - bin.confidence),
    0,
  );
  const overconfidence = filled.reduce(
    (sum, bin) => sum + (bin.count / n) * (bin.confidence - bin.accuracy),
    0,
  );
  return ok({ error, overconfidence, n, bins: filled });
}

function equalWidth(confidences: ArrayLike<number>, bins: number): number[][] {
  const members: number[][] = Array.from({ length: bins }, () => []);
  for (let i = 0; i < confidences.length; i++) {
    members[Math.max(0, Math.ceil(confidences[i] * bins) - 1)].push(i);
  }
  return members;
}

function binOf(
  indices: readonly number[],
  confidences: ArrayLike<number>,
  correct: ArrayLike<boolean | number>,
): CalibrationBin {
  let confidence = 0;
  let right = 0;
  for (const i of indices) {
    confidence += confidences[i];
    right += Number(correct[i]);
  }
  return { count: indices.length, confidence: confidence / indices.length, accuracy: right / indices.length };
}
