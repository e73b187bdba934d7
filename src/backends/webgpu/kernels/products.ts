/** Dispatches of convolutions that are matrix products, and of linear layers: which kernel, which uniforms, how many workgroups. */
import type { ConvolutionGeometry } from '../../../compile/program.js';
import type { Kernel } from '../kernel.js';
import type { BoundsPlace } from '../places.js';
import { dataGradientBindings, dataGradientKernel } from './dataGradient.js';
import { type FinishGradient, type FinishStatistics, finishUniforms } from './finish.js';
import { forwardBindings, forwardKernel, type Quads } from './forward.js';
import { none, type ProductUniforms, productUniforms } from './product.js';
import type { Tile } from './tiles.js';
import {
  finishingBindings,
  weightGradientBindings,
  weightGradientKernel,
  weightPieceRows,
} from './weightGradient.js';

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
  /** Where the code of the view's activation lies. */
  readonly slot?: number;
  /** Element at which statistics or sums begin; `none`: they are not wanted. */
  readonly sums: number;
  /** A batch-norm whose sums the kernel finishes. */
  readonly finish?: FinishGradient | FinishStatistics;
  /** Upper bounds of the factors, for tiles that round them to halves. */
  readonly bounds?: { readonly a: BoundsPlace; readonly b: BoundsPlace };
  /** Element of `sums` at which the largest |dz| of each channel go; absent: they are not wanted. */
  readonly largest?: number | undefined;
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

/** Whether a convolution (or linear layer) is a plain matrix product. */
export const isProduct = (g: ConvolutionGeometry): boolean =>
  !g.depthwise && g.kernelHeight * g.kernelWidth * g.stride === 1 && g.padding === 0;

/** Whether all of them are multiples of 4 (what is not there counts as one). */
function inQuads(...offsets: (number | undefined)[]): boolean {
  return offsets.every((offset) => offset === undefined || offset === none || offset % 4 === 0);
}

function words(places: Places): Partial<ProductUniforms> {
  return {
    weightOffset: places.weightOffset,
    parameterStride: places.parameterStride,
    vectorStride: places.vectorStride,
    inputAffine: places.inputAffine ?? none,
    coefficients: places.coefficients ?? none,
    targetAffine: places.targetAffine ?? none,
    saved: places.saved ?? none,
    slot: places.slot ?? none,
    sums: places.sums,
    boundsA: places.bounds?.a.offset ?? 0,
    boundCountA: places.bounds?.a.count ?? 0,
    boundsB: places.bounds?.b.offset ?? 0,
    boundCountB: places.bounds?.b.count ?? 0,
  };
}

/** Halves are loaded in quads, by powers of two that come from bounds. */
function checkHalves(tile: Tile, quads: Quads, { bounds }: Places): void {
  if (tile.matrix === undefined) return;
  if (!quads.inner || !quads.columns) throw new Error('halves are multiplied in quads only');
  if (bounds === undefined) throw new Error('halves need bounds of both factors');
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
  const inner = g.inChannels;
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
  checkHalves(tile, quads, places);
  return {
    kernel: forwardKernel(tile, quads),
    bindings: forwardBindings,
    uniforms: productUniforms({
      ...words(places),
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
  checkHalves(tile, quads, places);
  return {
    kernel: dataGradientKernel(tile, quads),
    bindings: dataGradientBindings,
    uniforms: productUniforms({
      ...words(places),
      rows: inRows(g),
      columns: g.inChannels,
      inner: g.outChannels,
      elementsA: outRows(g) * g.outChannels,
    }),
    groups: grid(inRows(g), g.inChannels, tile, places.replicas),
  };
}

/** Pieces of a weight gradient; their partial sums lie in `output` [R, pieces, elements of the filter]. */
export function weightPieces(g: ConvolutionGeometry): number {
  const columns = g.inChannels;
  return Math.ceil(outRows(g) / weightPieceRows(g.outChannels, columns, outRows(g)));
}

/** Whether a weight gradient can finish the sums of its batch-norm. */
export const isInQuads = (g: ConvolutionGeometry): boolean => inQuads(g.outChannels, g.inChannels);

export function weightGradientDispatch(
  g: ConvolutionGeometry,
  places: Places,
  tile: Tile,
): PlannedDispatch<(typeof finishingBindings)[number]> {
  const columns = g.inChannels;
  const inner = outRows(g);
  const finishes = places.finish !== undefined;
  const quads: Quads = {
    inner: inQuads(g.outChannels, places.vectorStride, places.coefficients, places.inputAffine),
    columns: inQuads(columns, places.partialStride, places.partialOffset),
  };
  checkHalves(tile, quads, places);
  return {
    kernel: weightGradientKernel(tile, quads, finishes),
    bindings: finishes ? finishingBindings : weightGradientBindings,
    uniforms: productUniforms({
      ...words(places),
      rows: g.outChannels,
      columns,
      inner,
      innerPiece: weightPieceRows(g.outChannels, columns, inner),
      partialStride: places.partialStride ?? weightPieces(g) * g.outChannels * columns,
      partialOffset: places.partialOffset ?? 0,
      ...finishUniforms(places.finish),
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
