/**
 * Pointwise convolutions and linear layers, gradient by the weights, in pieces of rows:
 * partial[piece, n, k] = sum over the rows r of the piece of (a * dz + b * raw + c)[r, n] * view(x)[r, k].
 * Who reads them adds the pieces in ascending order.
 */
import { type Kernel, kernelOf } from '../kernel.js';
import { activationText, slopeText } from './activations.js';
import { gradientFormula } from './finish.js';
import { codeText, type Quads, wgslType } from './forward.js';
import { enablesText, scaleOf } from './matrices.js';
import { straightOperand } from './operands.js';
import { bindingsText, forEachFour, productText, shapeText, storeQuad } from './product.js';
import { gradientSource, viewSource } from './sources.js';
import { type Tile, threadsOf, tileName } from './tiles.js';

/** In binding order. In the uniforms `rows` x `columns` is the filter, `inner` counts rows of the batch. */
export const weightGradientBindings = ['dz', 'raw', 'vectors', 'xs', 'output'] as const;
/** Those of a kernel that finishes the sums of the gradient's own batch-norm. */
export const finishingBindings = [...weightGradientBindings, 'parameters', 'sums'] as const;

/** Rows of a piece: about 512 tiles of 64x64 for one replica, whole slabs of 16; by the shape only. */
export function weightPieceRows(rows: number, columns: number, inner: number): number {
  const tiles = Math.ceil(rows / 64) * Math.ceil(columns / 64);
  const pieces = Math.max(1, Math.floor(512 / tiles));
  return Math.max(64, Math.ceil(inner / pieces / 16) * 16);
}

/** Quads of threads that add the pieces of a batch-norm's sums: every tile has so many for each of its rows. */
const finishLanes = 4;

/** The coefficients of the tile's rows, in workgroup memory. */
const finishedVectors = ({ rows }: Tile): string =>
  `var<workgroup> coefficients: array<vec4f, ${(3 * rows) / 4}>;\n${range(3)
    .map(
      (i) =>
        `fn aVector${i}(replica: u32, at: u32) -> vec4f { return coefficients[${(i * rows) / 4}u + at / 4u % ${rows / 4}u]; }`,
    )
    .join('\n')}`;

/**
 * Fills `coefficients` from the sums of the gradient's batch-norm: lane q of four takes the pieces q, q + 4, ... of a quad of
 * channels. The first workgroup of each channel writes them for later dispatches, and the gradients of gamma and beta.
 */
function finishText({ rows }: Tile): string {
  const quads = rows / 4;
  const total = (first: number): string => {
    const [a, b, c, d] = range(finishLanes).map((q) => `tile[lid + ${first + q * quads}u]`);
    return `(${a} + ${b}) + (${c} + ${d})`;
  };
  return `let finishAt = rowTile * ${rows}u + lid % ${quads}u * 4u;
  if (lid < ${finishLanes * quads}u) {
    let pieces = (u.inner + 63u) / 64u;
    let first = u.finishSums + replica * pieces * 2u * u.rows + min(finishAt, u.rows - 4u);
    var sum = vec4f();
    var product = vec4f();
    for (var p = lid / ${quads}u; p < pieces; p += ${finishLanes}u) {
      sum = sum + sums[(first + 2u * p * u.rows) / 4u];
      product = product + sums[(first + (2u * p + 1u) * u.rows) / 4u];
    }
    tile[lid] = sum;
    tile[lid + ${finishLanes * quads}u] = product;
  }
  workgroupBarrier();
  if (lid < ${quads}u) {
    let sum = ${total(0)};
    let product = ${total(finishLanes * quads)};
    let v = replica * u.vectorStride + finishAt;
    let inverse = vectorQuad(v + u.finishSaved + u.rows);
    let g = replica * u.parameterStride + u.gamma + finishAt;
    let gamma = vec4f(parameters[g], parameters[g + 1u], parameters[g + 2u], parameters[g + 3u]);
    let made = coefficientsOf(gamma, vectorQuad(v + u.finishSaved), inverse, sum, product, f32(u.inner));
    coefficients[lid] = made.a;
    coefficients[lid + ${quads}u] = made.b;
    coefficients[lid + ${2 * quads}u] = made.c;
    if (wid.y == 0u && columnTile == 0u && finishAt < u.rows) {
      vectors[(v + u.coefficients) / 4u] = made.a;
      vectors[(v + u.coefficients + u.rows) / 4u] = made.b;
      vectors[(v + u.coefficients + 2u * u.rows) / 4u] = made.c;
      let start = replica * u.partialStride + finishAt;
      output[(start + u.gammaPartials) / 4u] = product * inverse;
      output[(start + u.betaPartials) / 4u] = sum;
    }
  }
  workgroupBarrier();`;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * The kernel of a tile. `quads.inner` speaks of the filter's rows.
 * @param finishes whether it finishes the sums of the gradient's batch-norm: of quads only
 */
export function weightGradientKernel(tile: Tile, quads: Quads, finishes = false): Kernel {
  return kernelOf(
    `weight gradient ${tileName(tile)} ${quads.inner && quads.columns ? 'quads' : 'single'}${finishes ? ', finishes' : ''}`,
    () => weightGradientText(tile, quads, finishes),
  );
}

function weightGradientText(tile: Tile, quads: Quads, finishes: boolean): string {
  const vector = quads.inner && quads.columns;
  if (finishes && !vector) throw new Error('sums are finished in quads only');
  const lines = 'u.inner';
  const sourceA = gradientSource(
    'a',
    { lines, width: 'u.rows', vector },
    finishes ? finishedVectors(tile) : undefined,
  );
  const sourceB = viewSource('b', { array: 'xs', lines, width: 'u.columns', vector });
  const place = { depth: tile.depth, threads: threadsOf(tile) };
  const a = straightOperand({
    ...place,
    p: 'a',
    scale: scaleOf(tile, 'a'),
    source: sourceA,
    extent: tile.rows,
    at: 0,
    first: `rowTile * ${tile.rows}u`,
    base: 'replica * u.elementsA',
  });
  const b = straightOperand({
    ...place,
    p: 'b',
    scale: scaleOf(tile, 'b'),
    source: sourceB,
    extent: tile.columns,
    at: a.quads,
    first: `columnTile * ${tile.columns}u`,
    base: 'replica * u.elementsB',
  });
  return `${enablesText(tile)}${shapeText}${bindingsText([
    { name: 'dz', type: wgslType(vector) },
    { name: 'raw', type: wgslType(vector) },
    { name: 'vectors', type: wgslType(vector), write: finishes },
    { name: 'xs', type: wgslType(vector) },
    { name: 'output', type: wgslType(vector), write: true },
    ...(finishes
      ? ([
          { name: 'parameters', type: 'f32' },
          { name: 'sums', type: 'vec4f' },
        ] as const)
      : []),
  ])}
${finishes ? `alias T = vec4f;${gradientFormula}` : ''}
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
  ${codeText}
  ${finishes ? finishText(tile) : ''}`,
  epilogue: forEachFour(
    tile,
    ({ name, row, column }) =>
      `storeOutput(replica * u.partialStride + u.partialOffset + wid.y * u.rows * u.columns, ${row}, ${column}, ${name});`,
  ),
  epilogueQuads: 0,
})}`;
}
