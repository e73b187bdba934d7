/**
 * Pointwise convolutions and linear layers, gradient by the weights, in pieces of rows:
 * partial[piece, n, k] = sum over the rows r of the piece of (a * dz + b * raw + c)[r, n] * view(x)[r, k].
 * Who reads them adds the pieces in ascending order.
 */
import type { Kernel } from '../kernel.js';
import { activationText, slopeText } from './activations.js';
import { codeText, type Quads, wgslType } from './forward.js';
import { straightOperand } from './operands.js';
import { bindingsText, forEachFour, productText, shapeText, storeQuad } from './product.js';
import { gradientSource, viewSource } from './sources.js';
import { type Tile, threadsOf, tileName } from './tiles.js';

/** In binding order. In the uniforms `rows` x `columns` is the filter, `inner` counts rows of the batch. */
export const weightGradientBindings = ['dz', 'raw', 'vectors', 'xs', 'output'] as const;

/** Rows of a piece: about 512 tiles of 64x64 for one replica, whole slabs of 16; by the shape only. */
export function weightPieceRows(rows: number, columns: number, inner: number): number {
  const tiles = Math.ceil(rows / 64) * Math.ceil(columns / 64);
  const pieces = Math.max(1, Math.floor(512 / tiles));
  return Math.max(64, Math.ceil(inner / pieces / 16) * 16);
}

/** The kernel of a tile. `quads.inner` speaks of the filter's rows. */
export function weightGradientKernel(tile: Tile, quads: Quads): Kernel {
  const vector = quads.inner && quads.columns;
  const lines = 'u.inner';
  const sourceA = gradientSource('a', { lines, width: 'u.rows', vector });
  const sourceB = viewSource('b', { array: 'xs', lines, width: 'u.columns', vector });
  const place = { depth: tile.depth, threads: threadsOf(tile) };
  const a = straightOperand({
    ...place,
    p: 'a',
    source: sourceA,
    extent: tile.rows,
    at: 0,
    first: `rowTile * ${tile.rows}u`,
    base: 'replica * u.elementsA',
  });
  const b = straightOperand({
    ...place,
    p: 'b',
    source: sourceB,
    extent: tile.columns,
    at: a.quads,
    first: `columnTile * ${tile.columns}u`,
    base: 'replica * u.elementsB',
  });
  return {
    key: `weight gradient ${tileName(tile)} ${vector ? 'quads' : 'single'}`,
    code: `${shapeText}${bindingsText([
      { name: 'dz', type: wgslType(vector) },
      { name: 'raw', type: wgslType(vector) },
      { name: 'vectors', type: wgslType(vector) },
      { name: 'xs', type: wgslType(vector) },
      { name: 'output', type: wgslType(vector), write: true },
    ])}
${activationText('vec4f')}${slopeText}${sourceA.declarations}${sourceB.declarations}${storeQuad('storeOutput', 'output', vector)}
${productText({
  tile,
  a,
  b,
  place: `let replica = wid.z;
  let columnTiles = (u.columns + ${tile.columns - 1}u) / ${tile.columns}u;
  let columnTile = wid.x % columnTiles;
  let rowTile = wid.x / columnTiles;
  let begin = wid.y * u.innerPiece;
  let end = min(begin + u.innerPiece, u.inner);
  ${codeText}`,
  epilogue: forEachFour(
    tile,
    ({ name, row, column }) =>
      `storeOutput(replica * u.partialStride + u.partialOffset + wid.y * u.rows * u.columns, ${row}, ${column}, ${name});`,
  ),
  epilogueQuads: 0,
})}`,
  };
}
