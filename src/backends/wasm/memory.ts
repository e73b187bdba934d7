/**
 * Where everything of a run lies in the kernels' memory: planned once, never grown. Nothing here changes a result; what does
 * stands in pieces.ts.
 */
import { maxOf } from '../../base/extremes.js';
import type { BufferId, ConvolutionGeometry, KernelCall, Program } from '../../compile/program.js';
import { blocks, constants } from './abi.js';
import { depthwiseGroups, pieceRows } from './pieces.js';

/** Static data of the kernels lie below. */
const firstByte = 65536;
/** Bytes after each region that a vector load at its end may touch. */
const tail = 64;

/** Hands out regions one after another, on 64-byte borders. */
export class Region {
  next = firstByte;

  take(bytes: number): number {
    const at = this.next;
    this.next += Math.ceil((bytes + tail) / 64) * 64;
    return at;
  }
}

/** Addresses of one replica's own arrays. */
export interface ReplicaAddresses {
  readonly parameters: number;
  readonly gradients: number;
  readonly first: number;
  readonly second: number;
  readonly statistics: number;
  readonly arena: number;
  /** int32 [slots]: codes of the activations. */
  readonly codes: number;
  /** Hyperparameters of the step, 12 words. */
  readonly hyper: number;
}

export interface Addresses {
  /** Where the threads meet: see assembly/team.ts. */
  readonly team: number;
  readonly count: number;
  readonly labels: number;
  readonly draws: number;
  readonly bytes: number;
  readonly table: number;
  readonly arena: number;
  readonly rooms: number;
  readonly roomBytes: number;
  readonly accumulators: number;
  /** Packed weights of the input gradient that is being made. */
  readonly turned: number;
  readonly replicas: readonly ReplicaAddresses[];
}

/** What the kernels were built and tuned for; no result depends on `tile`. */
export interface KernelShape {
  /** Columns of a packed panel. */
  readonly panel: 8 | 16;
  /** Rows of a tile of a matrix product. */
  readonly tile: 4 | 6;
  /** Shares of work that a product is cut into at least, where it can be. */
  readonly units: number;
}

const blockRows = constants.BLOCK;

const up = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** How `columns` of a product over `blocks` of rows are cut into units. */
export function splitColumns(
  blocks: number,
  columns: number,
  { units }: KernelShape,
): { readonly columns: number; readonly splits: number } {
  let splits = 1;
  while (blocks * splits < units && columns / (2 * splits) >= 64) splits *= 2;
  const each = up(columns / splits, 16);
  return { columns: each, splits: Math.ceil(columns / each) };
}

/** Rows that a weight gradient packs at a time: what the second-level cache holds. */
export function chunkRows(g: ConvolutionGeometry): number {
  return g.inChannels * g.kernelHeight * g.kernelWidth > 512 ? 128 : 256;
}

/** First part of a call's room, and its whole room, in bytes. */
export function roomOf(call: KernelCall, shape: KernelShape): { first: number; bytes: number } {
  if (
    call.kernel !== 'convolution' &&
    call.kernel !== 'convolutionInputGradient' &&
    call.kernel !== 'convolutionWeightGradient'
  ) {
    // A pool's gradient: a piece of it.
    const bytes = 'target' in call ? 4 * blockRows * up(call.geometry.channels, 4) : 0;
    return { first: 0, bytes };
  }
  const g = call.geometry;
  return g.depthwise ? depthwiseRoom(g) : denseRoom(g, call.kernel, shape);
}

/** Inner elements of a block of packed rows. */
function innerBlock(panel: number): number {
  return 4096 / panel;
}

/** Bytes from a packed row to the next (A_ROW of assembly/tiles.ts). */
export function packedRowBytes(panel: number): number {
  return 4 * innerBlock(panel) + 64;
}

function denseRoom(
  g: ConvolutionGeometry,
  kernel: 'convolution' | 'convolutionInputGradient' | 'convolutionWeightGradient',
  shape: KernelShape,
): { first: number; bytes: number } {
  const { panel } = shape;
  const taps = g.kernelHeight * g.kernelWidth;
  const inner = taps * (kernel === 'convolutionInputGradient' ? g.outChannels : g.inChannels);
  if (kernel !== 'convolutionWeightGradient') {
    // Packed rows in blocks of inner elements, four gathered rows, the products of a line of 16 columns.
    const packed = Math.ceil(inner / innerBlock(panel)) * blockRows * packedRowBytes(panel) + 128;
    const first = up(packed + 4 * up(4 * inner + 64, 64), 64) + 64;
    return { first, bytes: first + blockRows * 4 * 16 };
  }
  const chunk = chunkRows(g);
  const xBytes = Math.ceil(inner / panel) * (chunk * 4 * panel + 64);
  const rows = g.batch * g.outHeight * g.outWidth;
  const { columns } = splitColumns(Math.ceil(rows / pieceRows(rows)), g.outChannels, shape);
  // Four gathered rows of x, or of the gradient; the products of a line of 16 columns.
  const first = Math.max(4 * up(4 * Math.max(inner, columns) + 128, 64), blockRows * 4 * 16);
  const rowBytes = Math.ceil(columns / innerBlock(panel)) * packedRowBytes(panel);
  return { first, bytes: first + xBytes + chunk * rowBytes };
}

/** Room of the depthwise kernels: weights, maps of values and of the gradient (at most as large), columns. */
function depthwiseRoom(g: ConvolutionGeometry): { first: number; bytes: number } {
  const border = 2 * Math.max(g.padding, g.kernelHeight - 1) + g.stride;
  const map = 16 * (g.inHeight + border) * (g.inWidth + border) + 64;
  const pixels = Math.max(g.inHeight * g.inWidth, g.outHeight * g.outWidth);
  const images = maxOf(depthwiseGroups(g));
  const weights = 32 * g.kernelHeight * g.kernelWidth;
  return { first: 0, bytes: weights + images * (8 * map + 64 * pixels) };
}

/** Bytes of the shared accumulators of a weight gradient. */
function accumulatorBytes(call: KernelCall, { panel }: KernelShape): number {
  if (call.kernel !== 'convolutionWeightGradient') return 0;
  const g = call.geometry;
  const taps = g.kernelHeight * g.kernelWidth;
  if (g.depthwise) return 4 * Math.ceil(g.batch / depthwiseGroups(g)[1]) * taps * up(g.inChannels, panel / 2);
  const rows = g.batch * g.outHeight * g.outWidth;
  const pieces = Math.ceil(rows / pieceRows(rows));
  return 4 * pieces * up(g.outChannels, 4) * up(taps * g.inChannels, panel);
}

/** Bytes of the packed weights of a dense convolution. */
export function panelBytes(g: ConvolutionGeometry, turned: boolean, { panel }: KernelShape): number {
  const [columns, inner] = turned ? [g.inChannels, g.outChannels] : [g.outChannels, g.inChannels];
  return 4 * g.kernelHeight * g.kernelWidth * inner * up(columns, panel);
}

function turnedBytes(call: KernelCall, shape: KernelShape): number {
  if (call.kernel !== 'convolutionInputGradient' || call.geometry.depthwise) return 0;
  return panelBytes(call.geometry, true, shape);
}

/** Plans all but the argument lists. */
export function planMemory(program: Program, threads: number, shape: KernelShape, region: Region): Addresses {
  const calls = [...program.train, ...program.evaluate];
  const { height, width, channels } = program.network.input;
  const largest = (values: number[]) => values.reduce((a, b) => Math.max(a, b), 0);
  const roomBytes = up(largest(calls.map((call) => roomOf(call, shape).bytes)) + tail, 64);
  const state = 4 * up(program.parameterElements, 4);
  return {
    team: region.take(320),
    count: region.take(4),
    labels: region.take(4 * program.batch),
    draws: region.take(12 * program.batch),
    bytes: region.take(program.batch * height * width * channels),
    table: region.take(1024 * channels),
    arena: region.take(4 * program.arena.step),
    rooms: region.take(threads * roomBytes),
    roomBytes,
    accumulators: region.take(largest(calls.map((call) => accumulatorBytes(call, shape)))),
    turned: region.take(largest(calls.map((call) => turnedBytes(call, shape)))),
    replicas: Array.from({ length: program.replicas }, () => ({
      parameters: region.take(state),
      gradients: region.take(state),
      first: region.take(state),
      second: region.take(state),
      statistics: region.take(4 * program.statisticElements),
      arena: region.take(4 * program.arena.persistent),
      codes: region.take(4 * Math.max(1, program.network.activationSlots.length)),
      hyper: region.take(4 * Object.keys(blocks.Hyper).length),
    })),
  };
}

/** Address of a buffer for one replica. */
export function addressOf(program: Program, addresses: Addresses, replica: number, id: BufferId): number {
  const { lifetime, offset } = program.buffers[id];
  const base = lifetime === 'step' ? addresses.arena : addresses.replicas[replica].arena;
  return base + 4 * offset;
}
