/** Dispatches of dense convolutions and linear layers: which kernel, which uniforms, how many workgroups. */
import type { ConvolutionGeometry } from '../../../compile/program.js';
import type { Kernel } from '../kernel.js';
import { dataGradientBindings, dataGradientKernel } from './dataGradient.js';
import { forwardBindings, forwardKernel, type Quads } from './forward.js';
import type { Taps } from './patches.js';
import { none, type ProductUniforms, productUniforms } from './product.js';
import type { Tile } from './tiles.js';
import { weightGradientBindings, weightGradientKernel, weightPieceRows } from './weightGradient.js';

/** Where a call finds its arrays; offsets in elements, `none` for what is not there. */
export interface Places {
  readonly replicas: number;
  readonly weightOffset: number;
  readonly parameterStride: number;
  readonly vectorStride: number;
  readonly inputAffine?: number;
  readonly coefficients?: number;
  readonly targetAffine?: number;
  /** Where the batch means of the target lie. */
  readonly saved?: number;
  readonly slot?: number;
  readonly slots: number;
  /** Statistics or sums are wanted. */
  readonly sums: boolean;
  /** Where a weight gradient's partial sums lie: elements of a replica, and before the first. */
  readonly partialStride?: number;
  readonly partialOffset?: number;
}

/** A dispatch whose arrays are named, in binding order from 1 on. */
export interface PlannedDispatch<Name extends string> {
  readonly kernel: Kernel;
  readonly bindings: readonly Name[];
  readonly uniforms: Uint32Array;
  readonly groups: readonly [number, number, number];
}

const most = 65_535;

export const outRows = (g: ConvolutionGeometry): number => g.batch * g.outHeight * g.outWidth;
export const inRows = (g: ConvolutionGeometry): number => g.batch * g.inHeight * g.inWidth;
const tapCount = (g: ConvolutionGeometry): number => g.kernelHeight * g.kernelWidth;

/** `null` for a convolution that is a plain matrix product. */
function tapsOf(g: ConvolutionGeometry): Taps | null {
  if (tapCount(g) === 1 && g.stride === 1 && g.padding === 0) return null;
  return { height: g.kernelHeight, width: g.kernelWidth, stride: g.stride, padding: g.padding };
}

/** Whether all of them are multiples of 4 (what is not there counts as one). */
function inQuads(...offsets: (number | undefined)[]): boolean {
  return offsets.every((offset) => offset === undefined || offset === none || offset % 4 === 0);
}

function words(g: ConvolutionGeometry, places: Places): Partial<ProductUniforms> {
  return {
    weightOffset: places.weightOffset,
    parameterStride: places.parameterStride,
    vectorStride: places.vectorStride,
    inputAffine: places.inputAffine ?? none,
    coefficients: places.coefficients ?? none,
    targetAffine: places.targetAffine ?? none,
    saved: places.saved ?? none,
    slot: places.slot ?? none,
    slots: places.slots,
    sums: places.sums ? 1 : 0,
    inHeight: g.inHeight,
    inWidth: g.inWidth,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
    partialStride: places.partialStride ?? 0,
    partialOffset: places.partialOffset ?? 0,
  };
}

/** Workgroups of a grid of tiles: x counts tiles of columns, and of rows beyond what y counts. */
function grid(rows: number, columns: number, tile: Tile, replicas: number): [number, number, number] {
  const down = Math.ceil(rows / tile.rows);
  const folds = Math.ceil(down / most);
  return [Math.ceil(columns / tile.columns) * folds, Math.ceil(down / folds), replicas];
}

export function forwardDispatch(
  g: ConvolutionGeometry,
  places: Places,
  tile: Tile,
): PlannedDispatch<(typeof forwardBindings)[number]> {
  const inner = g.inChannels * tapCount(g);
  const quads: Quads = {
    inner: inQuads(
      inner,
      places.weightOffset,
      places.parameterStride,
      places.vectorStride,
      places.inputAffine,
    ),
    columns: inQuads(g.outChannels),
  };
  return {
    kernel: forwardKernel(tile, quads, tapsOf(g)),
    bindings: forwardBindings,
    uniforms: productUniforms({
      ...words(g, places),
      rows: outRows(g),
      columns: g.outChannels,
      inner,
      elementsA: inRows(g) * g.inChannels,
    }),
    groups: grid(outRows(g), g.outChannels, tile, places.replicas),
  };
}

export function dataGradientDispatch(
  g: ConvolutionGeometry,
  places: Places,
  tile: Tile,
): PlannedDispatch<(typeof dataGradientBindings)[number]> {
  const { weightOffset, parameterStride, vectorStride, coefficients, targetAffine, saved } = places;
  const quads: Quads = {
    inner: inQuads(
      g.outChannels,
      weightOffset,
      parameterStride,
      vectorStride,
      coefficients,
      targetAffine,
      saved,
    ),
    columns: inQuads(g.inChannels),
  };
  return {
    kernel: dataGradientKernel(tile, quads, tapsOf(g)),
    bindings: dataGradientBindings,
    uniforms: productUniforms({
      ...words(g, places),
      rows: inRows(g),
      columns: g.inChannels,
      inner: g.outChannels * tapCount(g),
      elementsA: outRows(g) * g.outChannels,
    }),
    groups: grid(inRows(g), g.inChannels, tile, places.replicas),
  };
}

/** Pieces of a weight gradient; their partial sums lie in `output` [R, pieces, elements of the filter]. */
export function weightPieces(g: ConvolutionGeometry): number {
  const columns = g.inChannels * tapCount(g);
  return Math.ceil(outRows(g) / weightPieceRows(g.outChannels, columns, outRows(g)));
}

export function weightGradientDispatch(
  g: ConvolutionGeometry,
  places: Places,
  tile: Tile,
): PlannedDispatch<(typeof weightGradientBindings)[number]> {
  const columns = g.inChannels * tapCount(g);
  const inner = outRows(g);
  const quads: Quads = {
    inner: inQuads(g.outChannels, places.vectorStride, places.coefficients, places.inputAffine),
    columns: inQuads(columns, places.partialStride, places.partialOffset),
  };
  return {
    kernel: weightGradientKernel(tile, quads, tapsOf(g)),
    bindings: weightGradientBindings,
    uniforms: productUniforms({
      ...words(g, places),
      rows: g.outChannels,
      columns,
      inner,
      innerPiece: weightPieceRows(g.outChannels, columns, inner),
      elementsA: inner * g.outChannels,
      elementsB: inRows(g) * g.inChannels,
    }),
    groups: [
      Math.ceil(columns / tile.columns) * Math.ceil(g.outChannels / tile.rows),
      weightPieces(g),
      places.replicas,
    ],
  };
}
