/** A convolution with made numbers for R replicas: its arrays as WebGPU kernels want them, and its results in float64. */
import { activations } from '../../src/backends/reference/activations.js';
import type { ConvolutionGeometry } from '../../src/compile/program.js';
import { type ActivationName, activationNames } from '../../src/nn/network.js';

/** Numbers in -1 .. 1 that repeat nowhere near. */
export function made(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export interface MadeCase {
  readonly geometry: ConvolutionGeometry;
  readonly replicas: number;
  /** One activation a replica. */
  readonly activations: readonly ActivationName[];
  /** Without: the input is read as it is, and the gradient is dz. */
  readonly normalized: boolean;
  /** Elements before the weights, so that quads are not aligned where it is odd. */
  readonly weightOffset?: number;
}

/** y, statistics, dz of the input with its sums, and the weights' gradient, of one replica, in float64. */
export interface Expected {
  readonly y: Float64Array;
  readonly statistics: Float64Array;
  readonly dz: Float64Array;
  readonly sums: Float64Array;
  readonly dw: Float64Array;
}

export const geometryOf = (
  size: Partial<ConvolutionGeometry> & { batch: number; inChannels: number; outChannels: number },
): ConvolutionGeometry => {
  const g = {
    inHeight: 1,
    inWidth: 1,
    kernelHeight: 1,
    kernelWidth: 1,
    stride: 1,
    padding: 0,
    depthwise: false,
    ...size,
  };
  return {
    ...g,
    outHeight: Math.floor((g.inHeight + 2 * g.padding - g.kernelHeight) / g.stride) + 1,
    outWidth: Math.floor((g.inWidth + 2 * g.padding - g.kernelWidth) / g.stride) + 1,
  };
};

/** Arrays of all replicas, and what comes out. */
export function madeConvolution(made_: MadeCase) {
  const { geometry: g, replicas, normalized, weightOffset = 8 } = made_;
  const inRows = g.batch * g.inHeight * g.inWidth;
  const outRows = g.batch * g.outHeight * g.outWidth;
  const [C, O, T] = [g.inChannels, g.outChannels, g.kernelHeight * g.kernelWidth];
  const weightElements = (g.depthwise ? O : O * C) * T;
  const up4 = (n: number) => Math.ceil(n / 4) * 4;
  // affine of the input [2, C], saved [2, C], coefficients [3, O]
  const [affine, saved, coefficients] = [4, 4 + up4(2 * C), 4 + 2 * up4(2 * C)];
  const vectorStride = coefficients + up4(3 * O);
  const parameterStride =
    up4(weightOffset) + weightElements + (weightOffset % 4 === 0 ? 4 - (weightElements % 4) : 1);
  const arrays = {
    xs: made(replicas * inRows * C, 1),
    parameters: made(replicas * parameterStride, 2),
    dz: made(replicas * outRows * O, 3),
    raw: made(replicas * outRows * O, 4),
    vectors: made(replicas * vectorStride, 5),
  };
  // The code of the activation lies at the beginning of a replica's vectors.
  made_.activations.forEach((name, r) => {
    arrays.vectors[r * vectorStride] = activationNames.indexOf(name);
  });
  const places = {
    replicas,
    weightOffset,
    parameterStride,
    vectorStride,
    slot: 0,
    sums: 0,
    ...(normalized ? { inputAffine: affine, coefficients, targetAffine: affine, saved } : {}),
  };
  const expected = (r: number): Expected => {
    const { value, derivative } = activations[made_.activations[r]];
    const vector = (at: number) => (normalized ? arrays.vectors[r * vectorStride + at] : Number.NaN);
    const z = (i: number) =>
      normalized
        ? vector(affine + (i % C)) * arrays.xs[r * inRows * C + i] + vector(affine + C + (i % C))
        : arrays.xs[r * inRows * C + i];
    const dy = (i: number) => {
      const at = r * outRows * O + i;
      return normalized
        ? vector(coefficients + (i % O)) * arrays.dz[at] +
            vector(coefficients + O + (i % O)) * arrays.raw[at] +
            vector(coefficients + 2 * O + (i % O))
        : arrays.dz[at];
    };
    const zs = Float64Array.from({ length: inRows * C }, (_, i) => z(i));
    const vs = zs.map((v) => value(v));
    const dys = Float64Array.from({ length: outRows * O }, (_, i) => dy(i));
    const w = arrays.parameters.subarray(r * parameterStride + weightOffset);
    const y = new Float64Array(outRows * O);
    const dv = new Float64Array(inRows * C);
    const dw = new Float64Array(weightElements);
    forEachTap(g, (row, s, t) => {
      for (let o = 0; o < O; o++) {
        for (let c = g.depthwise ? o : 0; c < (g.depthwise ? o + 1 : C); c++) {
          const weight = g.depthwise ? o * T + t : (o * C + c) * T + t;
          y[row * O + o] += vs[s * C + c] * w[weight];
          dv[s * C + c] += dys[row * O + o] * w[weight];
          dw[weight] += dys[row * O + o] * vs[s * C + c];
        }
      }
    });
    const dz = dv.map((v, i) => v * derivative(zs[i]));
    return {
      y,
      dz,
      dw,
      statistics: pieces(y, O, (values) => {
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0)];
      }),
      sums: pieces(dz, C, (values, c, first) => [
        values.reduce((a, b) => a + b, 0),
        normalized
          ? values.reduce(
              (a, b, i) => a + b * (arrays.xs[r * inRows * C + (first + i) * C + c] - vector(saved + c)),
              0,
            )
          : 0,
      ]),
    };
  };
  return { arrays, places, expected, inRows, outRows, weightElements };
}

function pieces(
  matrix: Float64Array,
  channels: number,
  two: (values: number[], channel: number, first: number) => [number, number],
): Float64Array {
  const rows = matrix.length / channels;
  const count = Math.ceil(rows / 64);
  const result = new Float64Array(count * 2 * channels);
  for (let p = 0; p < count; p++) {
    for (let c = 0; c < channels; c++) {
      const values: number[] = [];
      for (let r = p * 64; r < Math.min(rows, p * 64 + 64); r++) values.push(matrix[r * channels + c]);
      const [first, second] = two(values, c, p * 64);
      result[2 * p * channels + c] = first;
      result[(2 * p + 1) * channels + c] = second;
    }
  }
  return result;
}

function forEachTap(g: ConvolutionGeometry, visit: (r: number, s: number, t: number) => void): void {
  for (let r = 0; r < g.batch * g.outHeight * g.outWidth; r++) {
    const n = Math.floor(r / (g.outHeight * g.outWidth));
    const oy = Math.floor(r / g.outWidth) % g.outHeight;
    for (let t = 0; t < g.kernelHeight * g.kernelWidth; t++) {
      const y = oy * g.stride + Math.floor(t / g.kernelWidth) - g.padding;
      const x = (r % g.outWidth) * g.stride + (t % g.kernelWidth) - g.padding;
      if (y >= 0 && y < g.inHeight && x >= 0 && x < g.inWidth)
        visit(r, (n * g.inHeight + y) * g.inWidth + x, t);
    }
  }
}

/** Largest error, in parts of the root mean square of what is expected. */
export function relativeError(actual: ArrayLike<number>, expected: Float64Array): number {
  let square = 0;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    square += expected[i] ** 2;
    const error = Math.abs(actual[i] - expected[i]);
    worst = Math.max(worst, error);
  }
  return worst / Math.sqrt(square / expected.length);
}
