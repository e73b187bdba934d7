/** One kernel at one shape with every tile that it can have, on arrays of its own: what is timed. */
import type { ConvolutionGeometry } from '../../../compile/program.js';
import {
  depthwiseBackwardDispatch,
  depthwiseForwardDispatch,
  depthwisePieces,
  depthwiseTileName,
  depthwiseTiles,
} from '../kernels/depthwisePlan.js';
import {
  dataGradientDispatch,
  forwardDispatch,
  inRows,
  outRows,
  type Places,
  type PlannedDispatch,
  weightGradientDispatch,
  weightPieces,
} from '../kernels/products.js';
import { type MatrixUnit, type Tile, tileName } from '../kernels/tiles.js';
import {
  dataGradientWork,
  depthwiseBackwardWork,
  forwardWork,
  type Work,
  weightGradientWork,
} from '../kernels/work.js';
import type { BoundsPlace } from '../places.js';
import { piecesOf } from '../sums.js';
import { isInHalves, type ProductPart } from '../tileChoice.js';
import { productCandidates, type TunedCall } from './tileTable.js';

export interface Candidate {
  readonly tile: string;
  readonly dispatch: PlannedDispatch<string>;
}

export interface Trial {
  readonly call: TunedCall;
  /** Elements of each array, all replicas. */
  readonly elements: Readonly<Record<string, number>>;
  /** Arrays that the kernel writes: the same bits whatever the tile. */
  readonly written: readonly string[];
  /** Where sums that the kernel reads begin, behind those that it writes; null: it reads none. */
  readonly givenSums: number | null;
  readonly candidates: readonly Candidate[];
  /** Of one replica. */
  readonly work: Work;
}

const up4 = (n: number): number => Math.ceil(n / 4) * 4;

/** Where the arrays' parts lie; the activation's code is the first element of a replica's vectors. */
function placesOf({ part, geometry: g, replicas }: TunedCall): Places {
  const vectors = {
    inputAffine: 4,
    saved: 4 + up4(2 * g.inChannels),
    coefficients: 4 + 2 * up4(2 * g.inChannels),
  };
  const filter = filterElements(g);
  const channels = g.outChannels;
  const written =
    part === 'depthwise finishing forward'
      ? sumElements(outRows(g), g.outChannels)
      : sumElements(inRows(g), g.inChannels);
  const running = vectors.coefficients + up4(3 * channels);
  const finish = {
    finishSums: replicas * written,
    finishSaved: running + 2 * up4(channels),
    gamma: filter,
    beta: filter + channels,
    gammaPartials: 0,
    betaPartials: channels,
    runningMean: running,
    runningVariance: running + up4(channels),
    epsilon: 1e-5,
    momentum: 0.1,
  };
  const finishes = part.includes('finishing');
  const pieces = part.includes('weight gradient')
    ? weightPieces(g)
    : part.endsWith('backward')
      ? depthwisePieces(g)
      : 0;
  return {
    ...vectors,
    targetAffine: vectors.inputAffine,
    replicas,
    weightOffset: 0,
    parameterStride: up4(filter) + up4(2 * channels),
    vectorStride: running + 2 * up4(channels) + up4(2 * channels),
    slot: 0,
    sums: 0,
    partialStride: up4(pieces * filter) + (finishes ? up4(2 * channels) : 0),
    partialOffset: finishes ? up4(2 * channels) : 0,
    ...(finishes ? { finish } : {}),
    // Numbers like those of the factors, which bounds of halves are four times below.
    ...(isInHalves(part)
      ? { bounds: { a: someOf(vectors.inputAffine), b: someOf(vectors.inputAffine) } }
      : {}),
  };
}

const someOf = (offset: number): BoundsPlace => ({ offset, count: 4 });

const sumElements = (rows: number, channels: number): number => 2 * piecesOf(rows) * channels;

function filterElements(g: ConvolutionGeometry): number {
  return g.outChannels * g.kernelHeight * g.kernelWidth * (g.depthwise ? 1 : g.inChannels);
}

/** @param unit of products in halves */
export function trialOf(call: TunedCall, unit: MatrixUnit | null = null): Trial {
  const { part, geometry: g, replicas } = call;
  const places = placesOf(call);
  const input = inRows(g) * g.inChannels;
  const output = outRows(g) * g.outChannels;
  const inSums = sumElements(inRows(g), g.inChannels);
  const outSums = sumElements(outRows(g), g.outChannels);
  const partials = places.partialStride ?? 0;
  const read = {
    xs: input,
    targetRaw: input,
    dz: output,
    raw: output,
    vectors: places.vectorStride,
    parameters: places.parameterStride,
    flags: 2,
    sums: inSums + outSums,
  };
  const trial = (written: Record<string, number>, work: Work, list: readonly Candidate[]): Trial => {
    const used = new Set(list.flatMap(({ dispatch }) => dispatch.bindings));
    const sizes = Object.entries({ ...read, ...written }).filter(([name]) => used.has(name));
    return {
      call,
      elements: Object.fromEntries(sizes.map(([name, size]) => [name, replicas * size])),
      written: Object.keys(written),
      givenSums: places.finish === undefined ? null : places.finish.finishSums,
      candidates: list,
      work,
    };
  };
  const products = (part: ProductPart, make: (tile: Tile) => Candidate['dispatch']) =>
    productCandidates(part, unit).map((tile) => ({ tile: tileName(tile), dispatch: make(tile) }));
  const strips = (make: (tile: (typeof depthwiseTiles)[number]) => Candidate['dispatch']) =>
    depthwiseTiles.map((tile) => ({ tile: depthwiseTileName(tile), dispatch: make(tile) }));
  switch (part) {
    case 'forward':
    case 'forward in halves':
      return trial(
        { output, sums: outSums },
        forwardWork(g),
        products(part, (t) => forwardDispatch(g, places, t)),
      );
    case 'data gradient':
    case 'data gradient in halves':
      return trial(
        { output: input, sums: inSums },
        dataGradientWork(g),
        products(part, (t) => dataGradientDispatch(g, places, t)),
      );
    case 'weight gradient':
    case 'weight gradient in halves':
    case 'finishing weight gradient':
      return trial(
        { output: partials },
        weightGradientWork(g, weightPieces(g)),
        products(part, (t) => weightGradientDispatch(g, places, t)),
      );
    case 'depthwise forward':
    case 'depthwise finishing forward':
      return trial(
        { output, sums: outSums + (places.finish === undefined ? 0 : inSums) },
        forwardWork(g),
        strips((t) => depthwiseForwardDispatch(g, places, t)),
      );
    case 'depthwise backward':
    case 'depthwise finishing backward':
      return trial(
        { output: input, sums: inSums + (places.finish === undefined ? 0 : outSums), partials },
        depthwiseBackwardWork(g, depthwisePieces(g)),
        strips((t) => depthwiseBackwardDispatch(g, places, t)),
      );
    default:
      return part satisfies never;
  }
}
