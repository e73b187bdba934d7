/** Which tile each kernel has: a device's choice. */
import type { ConvolutionGeometry } from '../../compile/program.js';
import { type DepthwiseTile, depthwiseTiles } from './kernels/depthwisePlan.js';
import { halfProductTile, halfWeightTile, smallHalfTile } from './kernels/halfTiles.js';
import { inRows, outRows } from './kernels/products.js';
import { type MatrixUnit, productTile, type Tile, tileOf, weightTile } from './kernels/tiles.js';

/** `finishing`: with the sums of a batch-norm, in another text; `in halves`: rounded to f16, on subgroup matrices. */
export const productParts = [
  'forward',
  'forward in halves',
  'data gradient',
  'data gradient in halves',
  'weight gradient',
  'weight gradient in halves',
  'finishing weight gradient',
] as const;
export type ProductPart = (typeof productParts)[number];

/** The parts that are products in halves. */
export const isInHalves = (part: string): boolean => part.endsWith('in halves');
export type DepthwisePart = 'forward' | 'finishing forward' | 'backward' | 'finishing backward';

/** The tiles of a device: no result depends on them, but compilers may round each text differently. */
export interface TileChoice {
  product(part: ProductPart, g: ConvolutionGeometry, replicas: number): Tile;
  depthwise(part: DepthwisePart, g: ConvolutionGeometry, replicas: number): DepthwiseTile;
}

/**
 * Without tuning. Rows, columns and inner dimension of the products are those of the convolution's parts.
 * @param unit of an adapter on which products are made in halves
 */
export function fixedTiles(unit: MatrixUnit | null = null): TileChoice {
  return {
    product: (part, g, replicas) => {
      switch (part) {
        case 'forward':
          return productTile(outRows(g), g.outChannels, replicas);
        case 'data gradient':
          return productTile(inRows(g), g.inChannels, replicas);
        case 'weight gradient':
        case 'finishing weight gradient':
          return weightTile(g.outChannels, g.inChannels);
        case 'forward in halves':
          return halfProductTile(given(unit), outRows(g), g.outChannels, replicas);
        case 'data gradient in halves':
          return halfProductTile(given(unit), inRows(g), g.inChannels, replicas);
        case 'weight gradient in halves':
          return halfWeightTile(given(unit), g.outChannels);
        default:
          return part satisfies never;
      }
    },
    depthwise: () => depthwiseTiles[0],
  };
}

/** On a software adapter the length of a text, which is compiled, counts for more than its speed. */
export function smallTiles(unit: MatrixUnit | null = null): TileChoice {
  return {
    product: (part) => {
      const isWeight = part.includes('weight gradient');
      if (isInHalves(part)) return smallHalfTile(given(unit), isWeight);
      return tileOf(isWeight ? '32x32x16 4x4 u1 compact' : '64x32x16 4x4 u1 compact');
    },
    depthwise: () => depthwiseTiles[depthwiseTiles.length - 1],
  };
}

function given(unit: MatrixUnit | null): MatrixUnit {
  if (unit === null) throw new Error('products in halves need subgroup matrices');
  return unit;
}
