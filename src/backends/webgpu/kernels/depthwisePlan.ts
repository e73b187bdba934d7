/** Dispatches of depthwise 3x3 convolutions. */
import type { ConvolutionGeometry } from '../../../compile/program.js';
import { type DepthwiseForm, depthwiseWords } from './depthwise.js';
import {
  depthwiseBackwardBindings,
  depthwiseBackwardKernel,
  depthwisePieceRows,
} from './depthwiseBackward.js';
import { depthwiseForwardBindings, depthwiseForwardKernel } from './depthwiseForward.js';
import { finishOffsets, finishUniforms } from './finish.js';
import { none } from './product.js';
import { inRows, outRows, type Places, type PlannedDispatch } from './products.js';

/** What may be tuned; no result depends on it. */
export interface DepthwiseTile {
  /** The longest strip; it is shortened to a part of the image's width. */
  readonly strip: 1 | 2 | 4;
  readonly lanes: 8 | 16;
  readonly pieces: number;
}

export const depthwiseTileName = ({ strip, lanes, pieces }: DepthwiseTile): string =>
  `strip ${strip}, ${lanes} lanes, ${pieces} pieces`;

/** Tiles to tune among; the last one has the shortest text. */
export const depthwiseTiles: readonly DepthwiseTile[] = [
  { strip: 4, lanes: 8, pieces: 1 },
  { strip: 4, lanes: 16, pieces: 1 },
  { strip: 4, lanes: 8, pieces: 4 },
  { strip: 2, lanes: 8, pieces: 1 },
  { strip: 1, lanes: 8, pieces: 1 },
];

/** Whether the fast kernels serve a convolution. */
export const isDepthwise3x3 = (g: ConvolutionGeometry): boolean =>
  g.depthwise &&
  g.kernelHeight === 3 &&
  g.kernelWidth === 3 &&
  g.padding === 1 &&
  (g.stride === 1 || g.stride === 2) &&
  g.inChannels === g.outChannels;

function formOf(g: ConvolutionGeometry, places: Places, tile: DepthwiseTile, width: number): DepthwiseForm {
  const offsets = [
    places.vectorStride,
    places.inputAffine,
    places.coefficients,
    places.targetAffine,
    places.saved,
    places.largest,
    ...finishOffsets(places.finish),
  ];
  const quads =
    g.outChannels % 4 === 0 && offsets.every((at) => at === undefined || at === none || at % 4 === 0);
  const strip = width % tile.strip === 0 ? tile.strip : width % 2 === 0 && tile.strip === 4 ? 2 : 1;
  const { lanes, pieces } = tile;
  const finishes = places.finish !== undefined;
  const keepsLargest = places.largest !== undefined;
  return { stride: g.stride === 2 ? 2 : 1, strip, quads, lanes, pieces, finishes, keepsLargest };
}

function uniforms(g: ConvolutionGeometry, places: Places, pieceRows: number): Uint32Array {
  const words: Readonly<Record<(typeof depthwiseWords)[number], number>> = {
    batch: g.batch,
    inHeight: g.inHeight,
    inWidth: g.inWidth,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
    channels: g.outChannels,
    weightOffset: places.weightOffset,
    parameterStride: places.parameterStride,
    vectorStride: places.vectorStride,
    inputAffine: places.inputAffine ?? none,
    coefficients: places.coefficients ?? none,
    targetAffine: places.targetAffine ?? none,
    saved: places.saved ?? none,
    slot: places.slot ?? none,
    sums: places.sums,
    largest: places.largest ?? none,
    pieceRows,
    partialStride: places.partialStride ?? depthwisePieces(g) * g.outChannels * 9,
    partialOffset: places.partialOffset ?? 0,
    ...finishUniforms(places.finish),
  };
  return Uint32Array.from(depthwiseWords, (word) => words[word]);
}

/** At most 65,535 workgroups along x: a workgroup then makes more pieces. */
const enough = (form: DepthwiseForm, rows: number): DepthwiseForm => ({
  ...form,
  pieces: Math.max(form.pieces, Math.ceil(rows / 64 / 65_535)),
});

const unitsOf = (g: ConvolutionGeometry, { quads }: DepthwiseForm): number => g.outChannels / (quads ? 4 : 1);

export function depthwiseForwardDispatch(
  g: ConvolutionGeometry,
  places: Places,
  tile: DepthwiseTile,
): PlannedDispatch<(typeof depthwiseForwardBindings)[number]> {
  const form = enough(formOf(g, places, tile, g.outWidth), outRows(g));
  return {
    kernel: depthwiseForwardKernel(form),
    bindings: depthwiseForwardBindings,
    uniforms: uniforms(g, places, 0),
    groups: [
      Math.ceil(outRows(g) / 64 / form.pieces),
      Math.ceil(unitsOf(g, form) / form.lanes),
      places.replicas,
    ],
  };
}

/** Pieces of a filter gradient; their partial sums lie in `partials` [R, pieces, channels, 9], or where `places` says. */
export const depthwisePieces = (g: ConvolutionGeometry): number =>
  Math.ceil(inRows(g) / depthwisePieceRows(inRows(g), g.inChannels));

/** Both gradients. `tile.pieces` is not used: the pieces of the filter's gradient say how many a workgroup makes. */
export function depthwiseBackwardDispatch(
  g: ConvolutionGeometry,
  places: Places,
  tile: DepthwiseTile,
): PlannedDispatch<(typeof depthwiseBackwardBindings)[number]> {
  const form = formOf(g, places, tile, g.inWidth);
  return {
    kernel: depthwiseBackwardKernel(form),
    bindings: depthwiseBackwardBindings,
    uniforms: uniforms(g, places, depthwisePieceRows(inRows(g), g.inChannels)),
    groups: [depthwisePieces(g), Math.ceil(unitsOf(g, form) / form.lanes), places.replicas],
  };
}
