/** Which kernels make a convolution: products in tiles for pointwise ones, plain kernels for what no faster family fits. */
import type {
  AveragePoolCall,
  AveragePoolGradientCall,
  ConvolutionCall,
  ConvolutionGeometry,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
  InputView,
} from '../../compile/program.js';
import type { Dispatch } from './kernel.js';
import { forward, inputGradient, weightGradient } from './kernels/direct.js';
import {
  dataGradientDispatch,
  forwardDispatch,
  inRows,
  isProduct,
  outRows,
  type PlannedDispatch,
  weightGradientDispatch,
  weightPieces,
} from './kernels/products.js';
import { productTile, type Tile, tileName, tileOf, weightTile } from './kernels/tiles.js';
import { none, type Places } from './places.js';

export type ProductPart = 'forward' | 'data gradient' | 'weight gradient';

export interface ConvolutionKernels {
  forward<Ref>(call: ConvolutionCall | AveragePoolCall, places: Places<Ref>): Dispatch<Ref>[];
  inputGradient<Ref>(
    call: ConvolutionInputGradientCall | AveragePoolGradientCall,
    places: Places<Ref>,
  ): Dispatch<Ref>[];
  weightGradient<Ref>(call: ConvolutionWeightGradientCall, places: Places<Ref>): Dispatch<Ref>[];
  /** For run.json. */
  readonly tiles: Readonly<Record<string, string>>;
}

/** The plain kernels for everything: the oracle of the others on the same device. */
export const directOnly: ConvolutionKernels = {
  forward: (call, places) => [forward(call, places)],
  inputGradient: (call, places) => [inputGradient(call, places)],
  weightGradient: (call, places) => [weightGradient(call, places)],
  tiles: { convolution: 'direct' },
};

/** The tile of a product; a choice may depend on what a device was found to like. */
export type TileChoice = (part: ProductPart, g: ConvolutionGeometry, replicas: number) => Tile;

/** Rows, columns and inner dimension of the products are those of the convolution's parts. */
export const fixedTiles: TileChoice = (part, g, replicas) => {
  const inner = g.inChannels * g.kernelHeight * g.kernelWidth;
  if (part === 'forward') return productTile(outRows(g), g.outChannels, replicas);
  return part === 'data gradient'
    ? productTile(inRows(g), g.inChannels, replicas)
    : weightTile(g.outChannels, inner);
};

/** On a software adapter a tile's text, which is compiled, counts for more than its speed. */
export const smallTiles: TileChoice = (part) =>
  tileOf(part === 'weight gradient' ? '32x32x16 4x4 u1' : '64x32x16 4x4 u1');

/** Products in tiles where a convolution is pointwise. */
export function tiledKernels(choose: TileChoice = fixedTiles): ConvolutionKernels {
  return {
    forward: (call, places) => {
      if (call.kernel === 'averagePool' || !isProduct(call.geometry)) return directOnly.forward(call, places);
      return [tiledForward(call, places, choose('forward', call.geometry, places.replicas))];
    },
    inputGradient: (call, places) => {
      if (call.kernel === 'averagePoolGradient' || !isProduct(call.geometry)) {
        return directOnly.inputGradient(call, places);
      }
      return [tiledDataGradient(call, places, choose('data gradient', call.geometry, places.replicas))];
    },
    weightGradient: (call, places) => {
      if (!isProduct(call.geometry)) return directOnly.weightGradient(call, places);
      return [tiledWeightGradient(call, places, choose('weight gradient', call.geometry, places.replicas))];
    },
    tiles: { products: 'by shape' },
  };
}

function tiledForward<Ref>(call: ConvolutionCall, places: Places<Ref>, tile: Tile): Dispatch<Ref> {
  const { geometry, input, statistics } = call;
  const planned = forwardDispatch(
    geometry,
    {
      ...common(places),
      weightOffset: places.parameter(call.weight),
      inputAffine: places.vector(input.affine),
      slot: slotOf(input),
      sums: statistics !== null,
    },
    tile,
  );
  return bound(planned, {
    xs: places.buffer(input.raw),
    vectors: places.vectors,
    codes: places.codes,
    parameters: places.parameters,
    output: places.buffer(call.output),
    sums: statistics === null ? places.dummyWrite(0) : places.buffer(statistics),
    flags: places.flags,
  });
}

function tiledDataGradient<Ref>(
  call: ConvolutionInputGradientCall,
  places: Places<Ref>,
  tile: Tile,
): Dispatch<Ref> {
  const { geometry, gradient, target } = call;
  const { view, sums, saved } = target;
  const planned = dataGradientDispatch(
    geometry,
    {
      ...common(places),
      weightOffset: places.parameter(call.weight),
      coefficients: places.vector(gradient.coefficients),
      targetAffine: places.vector(view.affine),
      saved: places.vector(saved),
      slot: slotOf(view),
      sums: sums !== null,
    },
    tile,
  );
  return bound(planned, {
    dz: places.buffer(gradient.dz),
    raw: gradient.coefficients === null ? places.dummyRead : places.buffer(gradient.raw),
    vectors: places.vectors,
    codes: places.codes,
    parameters: places.parameters,
    targetRaw: view.slot === null && saved === null ? places.dummyRead : places.buffer(view.raw),
    output: places.buffer(target.dz),
    sums: sums === null ? places.dummyWrite(0) : places.buffer(sums),
  });
}

function tiledWeightGradient<Ref>(
  call: ConvolutionWeightGradientCall,
  places: Places<Ref>,
  tile: Tile,
): Dispatch<Ref> {
  const { geometry, gradient, input } = call;
  const partials = places.partials(call.weight, weightPieces(geometry));
  const planned = weightGradientDispatch(
    geometry,
    {
      ...common(places),
      weightOffset: 0,
      inputAffine: places.vector(input.affine),
      coefficients: places.vector(gradient.coefficients),
      slot: slotOf(input),
      sums: false,
      partialStride: partials.stride,
      partialOffset: partials.offset,
    },
    tile,
  );
  return bound(planned, {
    dz: places.buffer(gradient.dz),
    raw: gradient.coefficients === null ? places.dummyRead : places.buffer(gradient.raw),
    vectors: places.vectors,
    codes: places.codes,
    xs: places.buffer(input.raw),
    output: partials.ref,
  });
}

function common<Ref>({ replicas, parameterStride, vectorStride, slots }: Places<Ref>) {
  return { replicas, parameterStride, vectorStride, slots };
}

const slotOf = ({ slot }: InputView): number => slot ?? none;

function bound<Ref, Name extends string>(
  { kernel, bindings, uniforms, groups }: PlannedDispatch<Name>,
  arrays: { readonly [N in Name]: Ref },
): Dispatch<Ref> {
  return { kernel, bindings: bindings.map((name) => arrays[name]), uniforms, groups };
}

/** For run.json and `bench`: the tiles that a choice takes for the convolutions of a list of calls. */
export function tileNames(
  calls: readonly { readonly kernel: string }[],
  choose: TileChoice,
  replicas: number,
): Record<string, string> {
  const names: Record<string, string> = {};
  for (const call of calls as readonly (ConvolutionCall | ConvolutionInputGradientCall)[]) {
    const parts = {
      convolution: 'forward',
      convolutionInputGradient: 'data gradient',
      convolutionWeightGradient: 'weight gradient',
    } as const;
    const part: ProductPart | undefined = parts[call.kernel];
    if (part === undefined || !isProduct(call.geometry)) continue;
    const { inChannels, outChannels } = call.geometry;
    names[`${part} ${outRows(call.geometry)}x${inChannels}x${outChannels}`] = tileName(
      choose(part, call.geometry, replicas),
    );
  }
  return names;
}
