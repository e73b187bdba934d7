/** Which tile each kernel has: a device's choice. */
import type { ConvolutionGeometry } from '../../compile/program.js';
import { type DepthwiseTile, depthwiseTiles } from './kernels/depthwisePlan.js';
import { inRows, outRows } from './kernels/products.js';
import { productTile, type Tile, tileOf, weightTile } from './kernels/tiles.js';

/** `finishing`: with the sums of a batch-norm, in another text. */
export type ProductPart = 'forward' | 'data gradient' | 'weight gradient' | 'finishing weight gradient';
export type DepthwisePart = 'forward' | 'finishing forward' | 'backward' | 'finishing backward';

/** The tiles of a device: no result depends on them, but compilers may round each text differently. */
export interface TileChoice {
  product(part: ProductPart, g: ConvolutionGeometry, replicas: number): Tile;
  depthwise(part: DepthwisePart, g: ConvolutionGeometry, replicas: number): DepthwiseTile;
}

/** Rows, columns and inner dimension of the products are those of the convolution's parts. */
export const fixedTiles: TileChoice = {
  product: (part, g, replicas) => {
    if (part === 'forward') return productTile(outRows(g), g.outChannels, replicas);
    return part === 'data gradient'
      ? productTile(inRows(g), g.inChannels, replicas)
      : weightTile(g.outChannels, g.inChannels);
  },
  depthwise: () => depthwiseTiles[0],
};

/** On a software adapter the length of a text, which is compiled, counts for more than its speed. */
export const smallTiles: TileChoice = {
  product: (part) =>
    tileOf(part.endsWith('weight gradient') ? '32x32x16 4x4 u1 compact' : '64x32x16 4x4 u1 compact'),
  depthwise: () => depthwiseTiles[depthwiseTiles.length - 1],
};
