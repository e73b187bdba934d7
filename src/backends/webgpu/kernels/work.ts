/** What the kernels of a convolution do for one replica: for the roofline, and to count a step's work. */
import type { ConvolutionGeometry } from '../../../compile/program.js';

/** Multiplications and additions; bytes that must be read and written once (float32). */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

const bytesOf = (elements: number): number => 4 * elements;

/** Elements of the input, the output, and the filter, and flops of one pass. */
function sizes(g: ConvolutionGeometry) {
  const taps = g.kernelHeight * g.kernelWidth;
  const inRows = g.batch * g.inHeight * g.inWidth;
  const outRows = g.batch * g.outHeight * g.outWidth;
  const perOutput = taps * (g.depthwise ? 1 : g.inChannels);
  return {
    input: inRows * g.inChannels,
    output: outRows * g.outChannels,
    filter: g.outChannels * perOutput,
    inPieces: 2 * Math.ceil(inRows / 64) * g.inChannels,
    outPieces: 2 * Math.ceil(outRows / 64) * g.outChannels,
    flops: 2 * outRows * g.outChannels * perOutput,
  };
}

/** Reads x and the filter, writes raw and its statistics. */
export function forwardWork(g: ConvolutionGeometry): Work {
  const { input, output, filter, outPieces, flops } = sizes(g);
  return { flops, bytes: bytesOf(input + filter + output + outPieces) };
}

/** Reads dz and raw of the output, the filter, and raw of the input; writes dz of the input and its sums. */
export function dataGradientWork(g: ConvolutionGeometry): Work {
  const { input, output, filter, inPieces, flops } = sizes(g);
  return { flops, bytes: bytesOf(2 * output + filter + 2 * input + inPieces) };
}

/** Both gradients of a depthwise convolution: reads dz and raw of the output, the filter, and raw of the input once. */
export function depthwiseBackwardWork(g: ConvolutionGeometry, pieces: number): Work {
  const { filter } = sizes(g);
  const { flops, bytes } = dataGradientWork(g);
  return { flops: 2 * flops, bytes: bytes + bytesOf(pieces * filter) };
}

/** Reads dz and raw of the output, and x; writes partial sums of the filter's gradient. */
export function weightGradientWork(g: ConvolutionGeometry, pieces: number): Work {
  const { input, output, filter, flops } = sizes(g);
  return { flops, bytes: bytesOf(2 * output + input + pieces * filter) };
}
