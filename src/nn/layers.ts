/** Layers with their usual settings filled in. */
import type { BatchNormLayer, ConvolutionLayer } from './network.js';

/** A convolution without bias (a batch-norm follows): stride 1, no padding, dense unless said otherwise. */
export function convolution(
  name: string,
  outChannels: number,
  settings: Pick<ConvolutionLayer, 'kernel'> &
    Partial<Pick<ConvolutionLayer, 'stride' | 'padding' | 'depthwise' | 'bias'>>,
): ConvolutionLayer {
  const usual = { stride: 1, padding: 0, depthwise: false, bias: false };
  return { type: 'convolution', name, outChannels, ...usual, ...settings };
}

/** PyTorch's defaults: epsilon 1e-5, momentum 0.1 (Ioffe and Szegedy, "Batch Normalization", 2015). */
export function batchNorm(name: string): BatchNormLayer {
  return { type: 'batchNorm', name, epsilon: 1e-5, momentum: 0.1 };
}
