/** Convolutions -> kernel calls. */
import { requestError } from '../../base/errors.js';
import { areBothGradients } from '../../compile/memory.js';
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

/** Gradient by the weights, and with it the gradient by the input where the two are partners. */
export function emitWeightGradient(
  emit: Emitter,
  call: ConvolutionWeightGradientCall,
  input: ConvolutionInputGradientCall | null,
): void {
  if (call.geometry.depthwise) emitDepthwiseGradients(emit, call, input);
  else emitDenseGradients(emit, call, input);
}

function emitDepthwiseGradients(
  emit: Emitter,
  call: ConvolutionWeightGradientCall,
  input: ConvolutionInputGradientCall | null,
): void {
  const g = call.geometry;
  const gradient = emit.gradientView(call.gradient);
  const view = emit.view(call.input);
  const partials = emit.addresses.accumulators;
  const group = depthwiseGroups(g)[1];
  const target = input === null ? 0 : emit.target(input.target);
  const weight = emit.parameter(call.weight);
  const units = Math.ceil(g.batch / group);
  const both = { geometry: checked(emit, g), view, gradient, weight, target, partials, group };
  emit.push('depthwiseBackward', { ...both, room: emit.room(call) }, units);
  const to = emit.gradient(call.weight);
  const taps = g.kernelHeight * g.kernelWidth;
  const reduce = { partials, gradient: to, channels: g.inChannels, taps, units };
  emit.push('reduceDepthwise', reduce, Math.ceil(g.inChannels / 4), 8);
}

/** One kernel makes both where neither is cut into groups of columns; no result depends on it. */
function emitDenseGradients(
  emit: Emitter,
  call: ConvolutionWeightGradientCall,
  input: ConvolutionInputGradientCall | null,
): void {
  const weight = weightProduct(emit, call);
  const other = input === null ? null : inputProduct(emit, input);
  if (other !== null && weight.args.splits === 1 && other.args.splits === 1) {
    other.pack();
    const parts = {
      weight: emit.args('denseWeightGradient', weight.args),
      input: emit.args('denseInputGradient', other.args),
    };
    emit.push('denseBackward', parts, weight.units);
    weight.reduce();
    return;
  }
  emit.push('denseWeightGradient', weight.args, weight.units);
  weight.reduce();
  if (input === null || other === null) return;
  emit.begin(input);
  pushInputGradient(emit, other);
}

/** A weight gradient's arguments and units, and what adds its pieces. */
function weightProduct(emit: Emitter, call: ConvolutionWeightGradientCall) {
  const g = call.geometry;
  const { accumulators } = emit.addresses;
  const rows = g.batch * g.outHeight * g.outWidth;
  const each = pieceRows(rows);
  const pieces = Math.ceil(rows / each);
  const { columns, splits } = splitColumns(pieces, g.outChannels, emit.shape);
  const product = { rows, columns, splits, room: emit.room(call) };
  const gradient = emit.gradientView(call.gradient);
  const operands = { geometry: emit.geometry(g), gradient, view: emit.view(call.input), accumulators };
  const args = { ...operands, pieceRows: each, chunk: chunkRows(g), ...product };
  const reduce = () => {
    const { outChannels, inChannels } = g;
    const taps = g.kernelHeight * g.kernelWidth;
    const sums = {
      accumulators,
      gradient: emit.gradient(call.weight),
      outChannels,
      inChannels,
      taps,
      pieces,
    };
    const grain = Math.ceil(8192 / (16 * outChannels * pieces));
    emit.push('reduceWeightGradient', sums, Math.ceil((taps * inChannels) / 16), grain);
  };
  return { args, units: pieces * splits, reduce };
}

/** An input gradient's arguments and units, and what packs its weights before. */
function inputProduct(emit: Emitter, call: ConvolutionInputGradientCall) {
  const g = call.geometry;
  const { turned } = emit.addresses;
  const rows = g.batch * g.inHeight * g.inWidth;
  const blocks = Math.ceil(rows / 64);
  const { columns, splits } = splitColumns(blocks, g.inChannels, emit.shape);
  const product = { rows, columns, splits, room: emit.room(call) };
  const view = emit.gradientView(call.gradient);
  const target = emit.target(call.target);
  const args = { geometry: emit.geometry(g), view, panels: turned, target, ...product };
  return { args, units: blocks * splits, pack: () => packInto(emit, g, call.weight, turned, true) };
}

function pushInputGradient(emit: Emitter, { args, units, pack }: ReturnType<typeof inputProduct>): void {
  pack();
  emit.push('denseInputGradient', args, units, grainOf(units, emit.shape));
}

export function emitInputGradient(emit: Emitter, call: ConvolutionInputGradientCall): void {
  pushInputGradient(emit, inputProduct(emit, call));
}

/** The input gradient that may be made together with a weight gradient: of a depthwise or pointwise convolution. */
export function partnerOf(
  call: KernelCall,
  next: KernelCall | undefined,
): ConvolutionInputGradientCall | null {
  if (call.kernel !== 'convolutionWeightGradient' || next?.kernel !== 'convolutionInputGradient') return null;
  const fits = call.geometry.depthwise || isPointwise(call.geometry);
  return fits && areBothGradients(call, next) ? next : null;
}

/** Row r of the output is row r of the input. */
function isPointwise(g: ConvolutionGeometry): boolean {
  return g.kernelHeight * g.kernelWidth === 1 && g.stride === 1 && g.padding === 0;
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
