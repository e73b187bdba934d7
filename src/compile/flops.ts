/** The arithmetic of a training step. */
import type { KernelCall, Program } from './program.js';

/** Multiplications and additions of the convolutions and linear layers in a training step, forward and backward. */
export function flopsOfStep(program: Program): number {
  return program.train.reduce((sum, call) => sum + flopsOf(call), 0);
}

/** Of one replica. */
export function flopsOf(call: KernelCall): number {
  if (!('geometry' in call) || !('kernelHeight' in call.geometry)) return 0;
  const g = call.geometry;
  const outputs = g.batch * g.outHeight * g.outWidth * g.outChannels;
  return 2 * outputs * g.kernelHeight * g.kernelWidth * (g.depthwise ? 1 : g.inChannels);
}
