/** Tiles of products on subgroup matrices: a workgroup's part, a subgroup's part of it, and the instruction. */
import type { MatrixUnit, Tile } from './tiles.js';

/** Rows, columns and depth of the tile, rows and columns of a subgroup's part. */
type Shape = readonly [number, number, number, number, number];

/** What won on an H200 for many replicas, for one, and for few columns. */
const productShapes: readonly Shape[] = [
  [64, 128, 32, 32, 32],
  [64, 64, 32, 32, 32],
  [64, 64, 32, 16, 32],
  [128, 64, 32, 32, 32],
  [128, 128, 32, 32, 32],
  [128, 32, 32, 32, 32],
];

/** Pieces of a weight gradient are whole slabs of 16. */
const weightShapes: readonly Shape[] = [
  [64, 64, 16, 32, 32],
  [128, 128, 16, 64, 32],
  [64, 64, 16, 16, 32],
  [32, 64, 16, 16, 32],
];

/** Outputs of a thread in the epilogue, by their number: small subgroups would have too many of the largest blocks. */
const threadParts: Readonly<Record<number, readonly [number, number]>> = {
  16: [4, 4],
  32: [8, 4],
  64: [8, 8],
  128: [16, 8],
};

function tileOfShape(
  unit: MatrixUnit,
  [rows, columns, depth, blockRows, blockColumns]: Shape,
  open = true,
): Tile {
  const part = threadParts[(blockRows * blockColumns) / unit.subgroup];
  if (part === undefined) throw new Error(`no part of a thread for subgroups of ${unit.subgroup}`);
  const [threadRows, threadColumns] = part;
  const matrix = { ...unit, blockRows, blockColumns };
  return { rows, columns, depth, threadRows, threadColumns, unroll: 16, lanes: 8, open, matrix };
}

const isPossible = ({ subgroup }: MatrixUnit, [, , , blockRows, blockColumns]: Shape): boolean =>
  (blockRows * blockColumns) / subgroup in threadParts;

const tilesOfShapes = (unit: MatrixUnit, shapes: readonly Shape[]): readonly Tile[] =>
  shapes.filter((shape) => isPossible(unit, shape)).map((shape) => tileOfShape(unit, shape));

/** To tune among, for products whose epilogue sums pieces of 64 rows. */
export const halfProductTiles = (unit: MatrixUnit): readonly Tile[] => tilesOfShapes(unit, productShapes);

/** To tune among, for weight gradients. */
export const halfWeightTiles = (unit: MatrixUnit): readonly Tile[] => tilesOfShapes(unit, weightShapes);

/** Without tuning. */
export function halfProductTile(unit: MatrixUnit, rows: number, columns: number, replicas: number): Tile {
  if (columns <= 32) return tileOfShape(unit, [128, 32, 32, 32, 32]);
  const isWide = columns >= 128 && Math.ceil(rows / 64) * Math.ceil(columns / 128) * replicas >= 768;
  return tileOfShape(unit, isWide ? productShapes[0] : productShapes[1]);
}

/** The same for a weight gradient [rows, columns]. */
export const halfWeightTile = (unit: MatrixUnit, rows: number): Tile =>
  tileOfShape(unit, rows <= 32 ? weightShapes[3] : weightShapes[0]);

/** With the shortest texts, for software adapters. */
export const smallHalfTile = (unit: MatrixUnit, isWeight: boolean): Tile =>
  tileOfShape(unit, isWeight ? [32, 32, 16, 16, 16] : [64, 32, 16, 16, 16], false);
