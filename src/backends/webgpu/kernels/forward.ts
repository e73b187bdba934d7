/**
 * Pointwise convolutions and linear layers, forward:
 * raw[r, n] = sum over k of view(x)[r, k] * w[n, k], and the statistics of raw per piece of 64 rows.
 */
import { type Kernel, kernelOf } from '../kernel.js';
import { bitTests } from '../wgsl.js';
import { activationText, slopeText } from './activations.js';
import { enablesText, scaleOf } from './matrices.js';
import { turnedOperand } from './operands.js';
import { pieceQuads, statisticsText, writeSumText } from './pieceSums.js';
import { bindingsText, forEachFour, productText, shapeText, storeQuad } from './product.js';
import { plainSource, viewSource } from './sources.js';
import { type Tile, threadsOf, tileName } from './tiles.js';

/** Whether quads can be loaded and stored whole: all widths and offsets on that side are multiples of 4. */
export interface Quads {
  /** The inner dimension, with the weights, affines and coefficients that go with it. */
  readonly inner: boolean;
  /** The columns of the output, with what goes with them. */
  readonly columns: boolean;
}

export const quadsName = ({ inner, columns }: Quads): string =>
  `${inner ? 'quads' : 'single'} ${columns ? 'quads' : 'single'}`;

export const wgslType = (quads: boolean): 'vec4f' | 'f32' => (quads ? 'vec4f' : 'f32');

/** In binding order; `sums` holds the statistics [R, pieces, 2, columns]; `flags` [2R] are set where there are none. */
export const forwardBindings = ['xs', 'vectors', 'parameters', 'output', 'sums', 'flags'] as const;

/** Where the tile of a workgroup lies: x counts tiles of columns, and of rows beyond what y counts. */
export const tilePlace = (tile: Tile): string => `let replica = wid.z;
  let columnTiles = (u.columns + ${tile.columns - 1}u) / ${tile.columns}u;
  let columnTile = wid.x % columnTiles;
  let rowTile = (wid.x / columnTiles) * groups.y + wid.y;
  if (rowTile * ${tile.rows}u >= u.rows) { return; }`;

/** `code`, its `slope` below 0, and `isCurved` (slope 1: see `curved`), of the view whose slot the uniforms name. */
export const codeText = `let code = codeOf(replica);
  let tableSlope = slopeBelow(code);
  let isCurved = tableSlope > 1.5;
  // The quick form with slope 1 changes nothing.
  let slope = select(tableSlope, 1.0, isCurved);`;

/** The kernel of a tile. */
export function forwardKernel(tile: Tile, quads: Quads): Kernel {
  return kernelOf(`forward ${tileName(tile)} ${quadsName(quads)}`, () => forwardText(tile, quads));
}

function forwardText(tile: Tile, quads: Quads): string {
  const { inner } = quads;
  const matrix = { lines: 'u.rows', width: 'u.inner', vector: inner };
  const sourceA = viewSource('a', { ...matrix, array: 'xs' });
  const sourceB = plainSource('b', { ...matrix, array: 'parameters', lines: 'u.columns' });
  const place = { depth: tile.depth, threads: threadsOf(tile) };
  const a = turnedOperand({
    ...place,
    p: 'a',
    scale: scaleOf(tile, 'a'),
    source: sourceA,
    extent: tile.rows,
    at: 0,
    first: `rowTile * ${tile.rows}u`,
    base: 'replica * u.elementsA',
  });
  const b = turnedOperand({
    ...place,
    p: 'b',
    scale: scaleOf(tile, 'b'),
    source: sourceB,
    extent: tile.columns,
    at: a.quads,
    first: `columnTile * ${tile.columns}u`,
    base: '(replica * u.parameterStride + u.weightOffset)',
  });
  const stores = forEachFour(
    tile,
    ({ name, row, column }) =>
      `storeOutput(replica * u.rows * u.columns, ${row}, ${column}, ${name}); bad = bad | isBad4(${name});`,
  );
  return `${enablesText(tile)}${shapeText}${bindingsText([
    { name: 'xs', type: wgslType(inner) },
    { name: 'vectors', type: wgslType(inner) },
    { name: 'parameters', type: wgslType(inner) },
    { name: 'output', type: wgslType(quads.columns), write: true },
    { name: 'sums', type: wgslType(quads.columns), write: true },
  ])}
@group(0) @binding(6) var<storage, read_write> flags: array<atomic<u32>>;
${bitTests}
${activationText('vec4f')}${slopeText}${sourceA.declarations}${sourceB.declarations}${storeQuad('storeOutput', 'output', quads.columns)}${writeSumText(quads.columns)}
${productText({
  tile,
  a,
  b,
  place: `${tilePlace(tile)}
  let begin = 0u;
  let end = u.inner;
  ${codeText}`,
  // Without statistics, whose finishing tests them: whether an output is not finite, by its bits.
  epilogue: `var bad = false;
  ${stores}
  if (u.sums == none && bad) { atomicOr(&flags[replica], 1u); }
  ${statisticsText(tile)}`,
  epilogueQuads: pieceQuads(tile),
})}`;
}
