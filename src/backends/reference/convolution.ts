/**
 * Convolutions, dense and depthwise, forward and both gradients.
 * x [batch, inHeight, inWidth, C], y [batch, outHeight, outWidth, O], weights OIHW [O, C, taps] or [C, 1, taps].
 */
import type {
  ConvolutionCall,
  ConvolutionGeometry,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
} from '../../compile/program.js';
import { pieceStatistics } from './batchNorm.js';
import type { ReferenceMemory } from './memory.js';
import { emptyResult, finishGradient, readGradient, readInput } from './views.js';

/** y[r, o] = sum over taps t and channels c of x[s(r, t), c] * w[o, c, t]. */
export function convolution(call: ConvolutionCall, memory: ReferenceMemory): void {
  const { geometry } = call;
  const { inChannels: C, outChannels: O, depthwise } = geometry;
  const T = geometry.kernelHeight * geometry.kernelWidth;
  const x = readInput(memory, call.input, C);
  const w = memory.parameter(call.weight);
  const y = memory.real(call.output).fill(0);
  forEachTap(geometry, (r, s, t) => {
    for (let o = 0; o < O; o++) {
      if (depthwise) {
        y[r * O + o] += x[s * C + o] * w[o * T + t];
        continue;
      }
      let sum = 0;
      for (let c = 0; c < C; c++) sum += x[s * C + c] * w[(o * C + c) * T + t];
      y[r * O + o] += sum;
    }
  });
  if (call.statistics !== null) pieceStatistics(y, memory.real(call.statistics), O);
}

/** dx[s, c] = sum over the (r, t) that read s, and o, of dy[r, o] * w[o, c, t]. */
export function convolutionInputGradient(call: ConvolutionInputGradientCall, memory: ReferenceMemory): void {
  const { geometry } = call;
  const { inChannels: C, outChannels: O, depthwise } = geometry;
  const T = geometry.kernelHeight * geometry.kernelWidth;
  const dy = readGradient(memory, call.gradient, O);
  const w = memory.parameter(call.weight);
  const dx = emptyResult(memory, geometry.batch * geometry.inHeight * geometry.inWidth * C);
  forEachTap(geometry, (r, s, t) => {
    for (let c = 0; c < C; c++) {
      if (depthwise) {
        dx[s * C + c] += dy[r * O + c] * w[c * T + t];
        continue;
      }
      let sum = 0;
      for (let o = 0; o < O; o++) sum += dy[r * O + o] * w[(o * C + c) * T + t];
      dx[s * C + c] += sum;
    }
  });
  finishGradient(memory, call.target, dx, C);
}

/** dw[o, c, t] = sum over r of dy[r, o] * x[s(r, t), c]. */
export function convolutionWeightGradient(
  call: ConvolutionWeightGradientCall,
  memory: ReferenceMemory,
): void {
  const { geometry } = call;
  const { inChannels: C, outChannels: O, depthwise } = geometry;
  const T = geometry.kernelHeight * geometry.kernelWidth;
  const dy = readGradient(memory, call.gradient, O);
  const x = readInput(memory, call.input, C);
  const dw = memory.gradient(call.weight);
  const sums = new Float64Array(dw.length);
  forEachTap(geometry, (r, s, t) => {
    for (let o = 0; o < O; o++) {
      const gradient = dy[r * O + o];
      if (depthwise) {
        sums[o * T + t] += gradient * x[s * C + o];
        continue;
      }
      for (let c = 0; c < C; c++) sums[(o * C + c) * T + t] += gradient * x[s * C + c];
    }
  });
  dw.set(sums);
}

/** Every (output row r, input row s, tap t) with s inside the map: padding is zero and adds nothing. */
function forEachTap(geometry: ConvolutionGeometry, visit: (r: number, s: number, t: number) => void): void {
  const { batch, inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth, stride, padding } =
    geometry;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const r = (n * outHeight + oy) * outWidth + ox;
        for (let ky = 0; ky < kernelHeight; ky++) {
          for (let kx = 0; kx < kernelWidth; kx++) {
            const iy = oy * stride + ky - padding;
            const ix = ox * stride + kx - padding;
            if (iy < 0 || iy >= inHeight || ix < 0 || ix >= inWidth) continue;
            visit(r, (n * inHeight + iy) * inWidth + ix, ky * kernelWidth + kx);
          }
        }
      }
    }
  }
}
