/** Tiles by name, for each product and depthwise convolution of a Program: what tuning finds, and what run.json records. */
import type { ConvolutionGeometry } from '../../../compile/program.js';
import { type DepthwiseTile, depthwiseTileName, depthwiseTiles } from '../kernels/depthwisePlan.js';
import { halfProductTiles, halfWeightTiles } from '../kernels/halfTiles.js';
import { inRows, outRows } from '../kernels/products.js';
import { type MatrixUnit, productTiles, type Tile, tileName, weightTiles } from '../kernels/tiles.js';
import { isInHalves, type ProductPart, productParts, type TileChoice } from '../tileChoice.js';

export const depthwiseParts = [
  'depthwise forward',
  'depthwise finishing forward',
  'depthwise backward',
  'depthwise finishing backward',
] as const;
/** A kernel whose tile is a choice. */
export type TunedPart = ProductPart | (typeof depthwiseParts)[number];

/** One choice: which kernel, at which shape. */
export interface TunedCall {
  readonly part: TunedPart;
  readonly geometry: ConvolutionGeometry;
  readonly replicas: number;
}

/** Names of tiles by `keyOf`. */
export type TileTable = Readonly<Record<string, string>>;

/** `131072x32x64` (rows, inner, columns of the forward product), or `16x16x128 /2 x 128` (of how many images). */
export function shapeName({ part, geometry: g }: TunedCall): string {
  return part.startsWith('depthwise')
    ? `${g.inHeight}x${g.inWidth}x${g.inChannels} /${g.stride} x ${g.batch}`
    : `${Math.max(inRows(g), outRows(g))}x${g.inChannels}x${g.outChannels}`;
}

export const keyOf = (call: TunedCall): string => `${call.part} ${shapeName(call)} R${call.replicas}`;

/** The tiles of products to tune among. Whichever is taken, sums are cut and added in the same order. */
export function productCandidates(part: ProductPart, unit: MatrixUnit | null): readonly Tile[] {
  const isWeight = part.includes('weight gradient');
  if (!isInHalves(part)) return isWeight ? weightTiles : productTiles;
  if (unit === null) return [];
  return isWeight ? halfWeightTiles(unit) : halfProductTiles(unit);
}

function depthwiseTileOf(name: string | undefined): DepthwiseTile | undefined {
  return depthwiseTiles.find((tile) => depthwiseTileName(tile) === name);
}

/** The table's tiles; what it does not name, or names wrongly, is taken from another choice. */
export function tilesOf(table: TileTable, otherwise: TileChoice, unit: MatrixUnit | null): TileChoice {
  return {
    product: (part, geometry, replicas) => {
      const name = table[keyOf({ part, geometry, replicas })];
      const known = productCandidates(part, unit).find((tile) => tileName(tile) === name);
      return known ?? otherwise.product(part, geometry, replicas);
    },
    depthwise: (part, geometry, replicas) =>
      depthwiseTileOf(table[keyOf({ part: `depthwise ${part}`, geometry, replicas })]) ??
      otherwise.depthwise(part, geometry, replicas),
  };
}

/** Choices as they were made, by `keyOf`. */
export type UsedTiles = Map<string, { readonly call: TunedCall; readonly tile: string }>;

/** A choice that notes every tile that is asked of it in `used`. */
export function observed(choice: TileChoice, used: UsedTiles): TileChoice {
  const note = (call: TunedCall, tile: string) => void used.set(keyOf(call), { call, tile });
  return {
    product: (part, geometry, replicas) => {
      const tile = choice.product(part, geometry, replicas);
      note({ part, geometry, replicas }, tileName(tile));
      return tile;
    },
    depthwise: (part, geometry, replicas) => {
      const tile = choice.depthwise(part, geometry, replicas);
      note({ part: `depthwise ${part}`, geometry, replicas }, depthwiseTileName(tile));
      return tile;
    },
  };
}

/** Tiles as they were used, by part: `most used; other for shape, shape`. */
export function describeTiles(used: UsedTiles): Record<string, string> {
  const described: Record<string, string> = {};
  for (const part of [...productParts, ...depthwiseParts]) {
    const shapes = new Map<string, string[]>();
    for (const { call, tile } of used.values()) {
      if (call.part === part) shapes.set(tile, [...(shapes.get(tile) ?? []), shapeName(call)]);
    }
    const [most, ...others] = [...shapes].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
    if (most === undefined) continue;
    described[part] = [most[0], ...others.map(([tile, of]) => `${tile} for ${of.join(', ')}`)].join('; ');
  }
  return described;
}
