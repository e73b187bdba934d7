/**
 * Batch-norm's sums, finished by the kernel that needs what they give: where the pieces are few, a dispatch of its own takes
 * longer than adding them in every workgroup. Formulas, words of the uniform block, and what a dispatch names by them.
 */
import { none } from '../places.js';

/** Words of a kernel's uniform block: see Finish. */
export const finishWords = [
  'finishSums',
  'finishSaved',
  'gamma',
  'beta',
  'gammaPartials',
  'betaPartials',
  'runningMean',
  'runningVariance',
  'epsilon',
  'momentum',
] as const;

/** Going back: sums over rows -> coefficients of the gradient view, gradients of gamma and beta. */
export interface FinishGradient {
  /** Element at which the sums [R, pieces, 2, channels] begin. */
  readonly finishSums: number;
  /** Batch mean and inverse deviation in a replica's vectors. */
  readonly finishSaved: number;
  /** In a replica's parameters. */
  readonly gamma: number;
  /** Gradients of gamma and beta in a replica's partial sums. */
  readonly gammaPartials: number;
  readonly betaPartials: number;
}

/** Forward: statistics -> affine of the input's view, saved, running statistics. */
export interface FinishStatistics extends Pick<FinishGradient, 'finishSums' | 'finishSaved' | 'gamma'> {
  readonly beta: number;
  /** In a replica's vectors. */
  readonly runningMean: number;
  readonly runningVariance: number;
  readonly epsilon: number;
  readonly momentum: number;
}

/** The words; `none` and zeros where nothing is finished. */
export function finishUniforms(
  finish?: FinishGradient | FinishStatistics,
): Readonly<Record<(typeof finishWords)[number], number>> {
  const nothing = {
    finishSums: none,
    finishSaved: none,
    gamma: none,
    beta: none,
    gammaPartials: none,
    betaPartials: none,
    runningMean: none,
    runningVariance: none,
    epsilon: 0,
    momentum: 0,
  };
  const words = { ...nothing, ...finish };
  const [epsilon, momentum] = new Uint32Array(Float32Array.of(words.epsilon, words.momentum).buffer);
  return { ...words, epsilon, momentum };
}

/** Offsets at which quads are read and written, in vectors. */
export const finishOffsets = (finish?: FinishGradient | FinishStatistics): number[] => {
  if (finish === undefined) return [];
  const { finishSums, finishSaved } = finish;
  const running = 'epsilon' in finish ? [finish.runningMean, finish.runningVariance] : [];
  return [finishSums, finishSaved, ...running];
};

/** From the sums over rows of dz and of dz * (raw - mean): the gradient by raw is a * dz + b * raw + c. T: f32 or vec4f. */
export const gradientFormula = /* wgsl */ `
struct Coefficients { a: T, b: T, c: T }
fn coefficientsOf(gamma: T, mean: T, inverse: T, sum: T, product: T, rows: f32) -> Coefficients {
  let a = gamma * inverse;
  let b = (-a * inverse * inverse * product) / rows;
  return Coefficients(a, b, (-a * sum) / rows - b * mean);
}
`;

/** From the mean of raw and the sum of its squared deviations over rows: z = scale * raw + shift; 1 / deviation. T: f32 or vec4f. */
export const statisticsFormula = /* wgsl */ `
struct Normal { scale: T, shift: T, inverse: T }
fn normalOf(gamma: T, beta: T, mean: T, squares: T, rows: f32, epsilon: f32) -> Normal {
  let inverse = 1.0 / sqrt(squares / rows + epsilon);
  let scale = gamma * inverse;
  return Normal(scale, beta - mean * scale, inverse);
}
/** A running statistic after a batch. */
fn moved(old: T, latest: T, momentum: f32) -> T { return old + momentum * (latest - old); }
`;
