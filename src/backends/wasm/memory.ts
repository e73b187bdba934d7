/** Where everything of a run lies in the kernels' memory: planned once, never grown. */
import type { BufferId, ConvolutionGeometry, KernelCall, Program } from '../../compile/program.js';

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
  /** Meeting point of the threads: 4 words. */
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
  readonly replicas: readonly ReplicaAddresses[];
}

/** Pieces of a weight gradient's inner dimension: by the shape only. */
export function piecesOf(geometry: ConvolutionGeometry): number {
  const { batch, outHeight, outWidth, outChannels, inChannels, kernelHeight, kernelWidth } = geometry;
  const blocks = Math.ceil((batch * outHeight * outWidth) / 64);
  const elements = outChannels * inChannels * kernelHeight * kernelWidth;
  const affordable = Math.max(2, Math.floor(4194304 / elements));
  return Math.max(1, Math.min(16, blocks, affordable));
}

/** Images per unit of work so that a unit's rows are whole pieces of 64. */
export function imagesPerUnit(pixels: number, batch: number): number {
  let images = 1;
  while (images < batch && (images * pixels) % 64 !== 0) images++;
  return Math.min(images, batch);
}

const up = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;

/** First part of a call's room, and its whole room, in bytes. */
export function roomOf(call: KernelCall): { first: number; bytes: number } {
  if (call.kernel === 'averagePoolGradient') return { first: 0, bytes: 256 * up(call.geometry.channels, 4) };
  if (
    call.kernel !== 'convolution' &&
    call.kernel !== 'convolutionInputGradient' &&
    call.kernel !== 'convolutionWeightGradient'
  ) {
    return { first: 0, bytes: 0 };
  }
  const g = call.geometry;
  return g.depthwise ? depthwiseRoom(g, call.kernel) : denseRoom(g, call.kernel);
}

function denseRoom(g: ConvolutionGeometry, kernel: string): { first: number; bytes: number } {
  const taps = g.kernelHeight * g.kernelWidth;
  const K = taps * g.inChannels;
  if (kernel === 'convolution')
    return { first: up(256 * K, 64), bytes: 256 * (K + up(g.outChannels, 8) + 32) };
  if (kernel === 'convolutionInputGradient') {
    const inner = taps * g.outChannels;
    return { first: up(256 * inner, 64), bytes: 256 * (inner + up(g.inChannels, 8) + 32) };
  }
  const rows = Math.max(K, g.outChannels);
  return { first: up(256 * rows + 64, 64), bytes: 256 * (rows + up(K, 8) + up(g.outChannels, 4) + 32) };
}

function depthwiseRoom(g: ConvolutionGeometry, kernel: string): { first: number; bytes: number } {
  const lanes = 16;
  const border = Math.max(2 * g.padding, g.kernelHeight - 1, g.kernelWidth - 1);
  const first = up(4 * lanes * (g.inHeight + border) * (g.inWidth + border) + 64, 64);
  if (kernel !== 'convolutionInputGradient') return { first, bytes: first };
  const pixels = g.inHeight * g.inWidth;
  const images = imagesPerUnit(pixels, g.batch);
  return { first, bytes: first + 4 * images * pixels * g.inChannels + 64 };
}

/** Bytes of the shared accumulators of a weight gradient. */
function accumulatorBytes(call: KernelCall): number {
  if (call.kernel !== 'convolutionWeightGradient') return 0;
  const g = call.geometry;
  const taps = g.kernelHeight * g.kernelWidth;
  if (!g.depthwise) return 4 * piecesOf(g) * up(g.outChannels, 4) * up(taps * g.inChannels, 8);
  const images = imagesPerUnit(g.inHeight * g.inWidth, g.batch);
  return 4 * Math.ceil(g.batch / images) * taps * up(g.inChannels, 4);
}

/** Plans all but the argument lists. */
export function planMemory(program: Program, threads: number, region: Region): Addresses {
  const calls = [...program.train, ...program.evaluate];
  const { height, width, channels } = program.network.input;
  const largest = (values: number[]) => values.reduce((a, b) => Math.max(a, b), 0);
  const roomBytes = up(largest(calls.map((call) => roomOf(call).bytes)) + tail, 64);
  const state = 4 * up(program.parameterElements, 4);
  return {
    team: region.take(16),
    count: region.take(4),
    labels: region.take(4 * program.batch),
    draws: region.take(12 * program.batch),
    bytes: region.take(program.batch * height * width * channels),
    table: region.take(1024 * channels),
    arena: region.take(4 * program.arena.step),
    rooms: region.take(threads * roomBytes),
    roomBytes,
    accumulators: region.take(largest(calls.map(accumulatorBytes))),
    replicas: Array.from({ length: program.replicas }, () => ({
      parameters: region.take(state),
      gradients: region.take(state),
      first: region.take(state),
      second: region.take(state),
      statistics: region.take(4 * program.statisticElements),
      arena: region.take(4 * program.arena.persistent),
      codes: region.take(4 * Math.max(1, program.network.activationSlots.length)),
      hyper: region.take(48),
    })),
  };
}

/** Address of a buffer for one replica. */
export function addressOf(program: Program, addresses: Addresses, replica: number, id: BufferId): number {
  const { lifetime, offset } = program.buffers[id];
  const base = lifetime === 'step' ? addresses.arena : addresses.replicas[replica].arena;
  return base + 4 * offset;
}
