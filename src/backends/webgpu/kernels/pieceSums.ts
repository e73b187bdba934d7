/**
 * Sums over pieces of 64 rows in the epilogue of a product, in one order whatever the tile: (r0 + r1) + (r2 + r3) of four
 * neighbouring rows, then the 16 of them in ascending order.
 */
import { forEachOutput, outputName } from './product.js';
import type { Tile } from './tiles.js';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Quads of workgroup memory: 16 sums of four rows a piece, and a mean. */
export const pieceQuads = (tile: Tile): number => (tile.rows / 64) * 17 * (tile.columns / 4);

const quadsAcross = (tile: Tile): number => tile.columns / 4;

/** Index in `tile` of the sum over the thread's rows 4i .. 4i + 3 in its quad of columns j. */
function sumIndex(tile: Tile, i: number, j: number): string {
  const down = tile.rows / tile.threadRows;
  const across = tile.columns / tile.threadColumns;
  return `(ty + ${i * down}u) * ${quadsAcross(tile)}u + tx + ${j * across}u`;
}

/** Writes the sums of four rows; `sum(i, j)` is that of the thread's rows 4i .. 4i + 3, quad of columns j. */
export function quadSums(tile: Tile, sum: (i: number, j: number) => string): string {
  return range(tile.threadRows / 4)
    .flatMap((i) => range(tile.threadColumns / 4).map((j) => `tile[${sumIndex(tile, i, j)}] = ${sum(i, j)};`))
    .join('\n');
}

/** (r0 + r1) + (r2 + r3) of expressions of the thread's rows 4i .. 4i + 3. */
export const fourRows = (i: number, value: (row: number) => string): string =>
  `(${value(4 * i)} + ${value(4 * i + 1)}) + (${value(4 * i + 2)} + ${value(4 * i + 3)})`;

/** Expression of the threads that finish a piece's sums, one for each quad of columns of each piece. */
export const finishes = (tile: Tile): string => `lid < ${(tile.rows / 64) * quadsAcross(tile)}u`;

/**
 * Declares `piece` (of the tensor), `pieceColumn` and `total`, the sum over the piece; inside `if (finishes)`.
 */
export function finishSums(tile: Tile): string {
  const across = quadsAcross(tile);
  return `let pieceOfTile = lid / ${across}u;
    let firstSum = pieceOfTile * ${16 * across}u + lid % ${across}u;
    let piece = rowTile * ${tile.rows / 64}u + pieceOfTile;
    let pieceColumn = columnTile * ${tile.columns}u + (lid % ${across}u) * 4u;
    var total = vec4f();
    for (var q = 0u; q < 16u; q++) { total = total + tile[firstSum + q * ${across}u]; }`;
}

/** `writeSum(replica, piece, part, column, v)` into `sums` [R, pieces, 2, columns]. */
export function writeSumText(vector: boolean): string {
  const lane = (i: number): string =>
    `  if (column + ${i}u < u.columns) { sums[first + ${i}u] = v.${'xyzw'[i]}; }`;
  const body = vector
    ? '  if (column < u.columns) { sums[first / 4u] = v; }'
    : [0, 1, 2, 3].map(lane).join('\n');
  return `
fn writeSum(replica: u32, piece: u32, part: u32, column: u32, v: vec4f) {
  let pieces = (u.rows + 63u) / 64u;
  if (piece >= pieces) { return; }
  let first = u.sums + ((replica * pieces + piece) * 2u + part) * u.columns + column;
${body}
}`;
}

/**
 * Statistics of the outputs per piece of 64 rows: mean, and the sum of squared deviations from it, by a second pass over
 * the registers (no difference of large sums).
 */
export function statisticsText(tile: Tile): string {
  const means = (tile.rows / 4) * quadsAcross(tile);
  const down = tile.rows / tile.threadRows;
  const across = tile.columns / tile.threadColumns;
  const meanOf = (i: number, j: number): string =>
    `tile[${means}u + ((ty + ${(i >> 2) * down}u) / 16u) * ${quadsAcross(tile)}u + tx + ${j * across}u]`;
  const squares = forEachOutput(tile, ({ name, i, j, row }) => {
    const load = i % 4 === 0 ? `let mean${i}_${j} = ${meanOf(i, j)};\n` : '';
    return `${load}${name} = select(vec4f(), ${name} - mean${i - (i % 4)}_${j}, ${row} < u.rows); ${name} = ${name} * ${name};`;
  });
  const sums = quadSums(tile, (i, j) => fourRows(i, (row) => outputName(row, j)));
  return `if (u.sums != none) {
    for (var part = 0u; part < 2u; part++) {
      ${sums}
      workgroupBarrier();
      if (${finishes(tile)}) {
        ${finishSums(tile)}
        let mean = total / f32(min(64u, max(u.rows, piece * 64u + 1u) - piece * 64u));
        let result = select(total, mean, part == 0u);
        tile[${means}u + lid] = result;
        writeSum(replica, piece, part, pieceColumn, result);
      }
      workgroupBarrier();
      ${squares}
    }
  }`;
}
