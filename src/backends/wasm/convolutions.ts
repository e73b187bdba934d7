/** Convolutions -> kernel calls. */
import { requestError } from '../../base/errors.js';
import type {
  ConvolutionCall,
  ConvolutionGeometry,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
  KernelCall,
} from '../../compile/program.js';
import type { Emitter } from './emitter.js';
import { chunkRows, type KernelShape, panelBytes, splitColumns } from './memory.js';
import { depthwiseGroups, pieceRows } from './pieces.js';

/** Packed weights of the forward products, by parameter: evaluation finds them as training or packing left them. */
export type Panels = Map<number, number>;

/** Packs a dense weight into its panels; gives their address. Nothing to pack for depthwise ones. */
export function packForward(emit: Emitter, call: ConvolutionCall, panels: Panels, pack: boolean): number {
  const { geometry: g, weight } = call;
  if (g.depthwise) return 0;
  const address = panels.get(weight) ?? emit.region.take(panelBytes(g, false, emit.shape));
  panels.set(weight, address);
  if (pack) packInto(emit, g, weight, address, false);
  return address;
}

function packInto(
  emit: Emitter,
  g: ConvolutionGeometry,
  weight: number,
  address: number,
  turned: boolean,
): void {
  const taps = g.kernelHeight * g.kernelWidth;
  const columns = turned ? g.inChannels : g.outChannels;
  const count = Math.ceil(columns / emit.shape.panel);
  const inner = taps * (turned ? g.outChannels : g.inChannels);
  const args = {
    weight: emit.parameter(weight),
    panels: address,
    outChannels: g.outChannels,
    inChannels: g.inChannels,
    taps,
    transposed: turned ? 1 : 0,
  };
  emit.push('packWeights', args, count, Math.ceil(8192 / (inner * emit.shape.panel)));
}

/**
 * Units that a thread takes at once: several, since it fetches what the next one needs while it works on one, and few
 * enough that the threads end together.
 */
function grainOf(units: number, shape: KernelShape): number {
  return Math.max(1, Math.floor(units / (4 * shape.units)));
}

export function emitForward(emit: Emitter, call: ConvolutionCall, panels: Panels, pack: boolean): void {
  const g = call.geometry;
  const output = emit.buffer(call.output);
  const statistics = emit.buffer(call.statistics);
  const view = emit.view(call.input);
  if (g.depthwise) {
    const [group] = depthwiseGroups(g);
    const weight = emit.parameter(call.weight);
    const geometry = checked(emit, g);
    const args = { geometry, view, weight, output, statistics, group, room: emit.room(call) };
    emit.push('depthwiseForward', args, Math.ceil(g.batch / group));
    return;
  }
  const packed = packForward(emit, call, panels, pack);
  const rows = g.batch * g.outHeight * g.outWidth;
  const blocks = Math.ceil(rows / 64);
  const { columns, splits } = splitColumns(blocks, g.outChannels, emit.shape);
  const room = emit.room(call);
  const product = { rows, columns, splits, room };
  const args = { geometry: emit.geometry(g), view, panels: packed, output, statistics, ...product };
  emit.push('denseForward', args, blocks * splits, grainOf(blocks * splits, emit.shape));
}

/** Gradient by the weights; for depthwise convolutions with the gradient by the input, where one is wanted. */
export function emitWeightGradient(
  emit: Emitter,
  call: ConvolutionWeightGradientCall,
  input: ConvolutionInputGradientCall | null,
): void {
  const g = call.geometry;
  const gradient = emit.gradientView(call.gradient);
  const view = emit.view(call.input);
  const { accumulators } = emit.addresses;
  const to = emit.gradient(call.weight);
  const taps = g.kernelHeight * g.kernelWidth;
  if (g.depthwise) {
    const group = depthwiseGroups(g)[1];
    const target = input === null ? 0 : emit.target(input.target);
    const weight = emit.parameter(call.weight);
    const units = Math.ceil(g.batch / group);
    const geometry = checked(emit, g);
    const both = { geometry, view, gradient, weight, target, partials: accumulators, group };
    emit.push('depthwiseBackward', { ...both, room: emit.room(call) }, units);
    const reduce = { partials: accumulators, gradient: to, channels: g.inChannels, taps, units };
    emit.push('reduceDepthwise', reduce, Math.ceil(g.inChannels / 4), 8);
    return;
  }
  const rows = g.batch * g.outHeight * g.outWidth;
  const each = pieceRows(rows);
  const pieces = Math.ceil(rows / each);
  const { columns, splits } = splitColumns(pieces, g.outChannels, emit.shape);
  const product = { rows, columns, splits, room: emit.room(call) };
  const operands = { geometry: emit.geometry(g), gradient, view, accumulators };
  const args = { ...operands, pieceRows: each, chunk: chunkRows(g), ...product };
  emit.push('denseWeightGradient', args, pieces * splits);
  const { outChannels, inChannels } = g;
  const reduce = { accumulators, gradient: to, outChannels, inChannels, taps, pieces };
  const grain = Math.ceil(8192 / (16 * g.outChannels * pieces));
  emit.push('reduceWeightGradient', reduce, Math.ceil((taps * g.inChannels) / 16), grain);
}

export function emitInputGradient(emit: Emitter, call: ConvolutionInputGradientCall): void {
  const g = call.geometry;
  const { turned } = emit.addresses;
  packInto(emit, g, call.weight, turned, true);
  const rows = g.batch * g.inHeight * g.inWidth;
  const blocks = Math.ceil(rows / 64);
  const { columns, splits } = splitColumns(blocks, g.inChannels, emit.shape);
  const view = emit.gradientView(call.gradient);
  const target = emit.target(call.target);
  const product = { rows, columns, splits, room: emit.room(call) };
  const args = { geometry: emit.geometry(g), view, panels: turned, target, ...product };
  emit.push('denseInputGradient', args, blocks * splits, grainOf(blocks * splits, emit.shape));
}

/** The input gradient that belongs to a depthwise weight gradient: the kernels make both at once. */
export function partnerOf(
  call: KernelCall,
  next: KernelCall | undefined,
): ConvolutionInputGradientCall | null {
  const fits =
    call.kernel === 'convolutionWeightGradient' &&
    call.geometry.depthwise &&
    next?.kernel === 'convolutionInputGradient' &&
    next.weight === call.weight;
  return fits ? next : null;
}

function checked(emit: Emitter, g: ConvolutionGeometry): number {
  if (g.padding >= g.kernelHeight || g.padding >= g.kernelWidth) {
    throw requestError({
      what: 'a depthwise convolution has more padding than its kernel reaches',
      rule: 'padding is smaller than the kernel',
      value: `kernel ${g.kernelHeight}, padding ${g.padding}`,
    });
  }
  return emit.geometry(g);
}
