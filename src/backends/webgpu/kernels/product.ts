/**
 * The tile of a matrix product in WGSL: both factors go slab by slab through workgroup memory, the next slab is loaded
 * into registers while this one is multiplied: thread by thread, or by subgroup matrices (matrices.ts). The sum of an output
 * runs along the inner dimension in ascending order, whatever the tile.
 */
import { codeOfText } from './activations.js';
import { finishUniforms, finishWords } from './finish.js';
import {
  boundWords,
  halvesText,
  matrixSlabText,
  outputsText,
  scalesText,
  stagedQuads,
  sumsText,
} from './matrices.js';
import type { Operand } from './operands.js';
import { type Tile, threadsOf } from './tiles.js';

/** The words of the uniform block of every product kernel; `none` where an offset names nothing. */
export const productWords = [
  'rows',
  'columns',
  'inner',
  /** Inner indices of a piece (weight gradients). */
  'innerPiece',
  'weightOffset',
  'parameterStride',
  'vectorStride',
  'inputAffine',
  'coefficients',
  'targetAffine',
  'saved',
  /** Element of a replica's vectors that holds the view's activation code. */
  'slot',
  /** Element at which statistics or sums begin; `none`: they are not wanted. */
  'sums',
  /** Elements of a replica in the tensors of the factors. */
  'elementsA',
  'elementsB',
  /** Where the partial sums of a weight gradient lie. */
  'partialStride',
  'partialOffset',
  ...boundWords,
  ...finishWords,
] as const;

export type ProductUniforms = Readonly<Record<(typeof productWords)[number], number>>;

/** An offset that names nothing: identity, or zeros. */
export const none = 0xffffffff;

const nothing: ProductUniforms = {
  rows: 0,
  columns: 0,
  inner: 0,
  innerPiece: 0,
  weightOffset: 0,
  parameterStride: 0,
  vectorStride: 0,
  inputAffine: none,
  coefficients: none,
  targetAffine: none,
  saved: none,
  slot: none,
  sums: none,
  elementsA: 0,
  elementsB: 0,
  partialStride: 0,
  partialOffset: 0,
  boundsA: 0,
  boundCountA: 0,
  boundsB: 0,
  boundCountB: 0,
  ...finishUniforms(),
};

/** The uniform block. */
export function productUniforms(words: Partial<ProductUniforms>): Uint32Array {
  const all = { ...nothing, ...words };
  return Uint32Array.from(productWords, (word) => all[word]);
}

export const shapeText = `
struct Shape { ${productWords.map((word) => `${word}: u32`).join(', ')} }
@group(0) @binding(0) var<uniform> u: Shape;
const none = 0xffffffffu;
`;

export interface BindingText {
  readonly name: string;
  readonly type: 'f32' | 'vec4f' | 'u32';
  readonly write?: boolean;
}

/**
 * The storage bindings from 1 on; `vectorQuad(at)`, which reads four neighbours of `vectors`; and `codeOf(replica)`, the
 * code of the view's activation, which lies there as a float.
 */
export function bindingsText(bindings: readonly BindingText[]): string {
  const lines = bindings.map(
    ({ name, type, write }, i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${write ? 'read_write' : 'read'}> ${name}: array<${type}>;`,
  );
  const vectors = bindings.find(({ name }) => name === 'vectors');
  if (vectors === undefined) return lines.join('\n');
  const quad =
    vectors.type === 'vec4f'
      ? 'vectors[at / 4u]'
      : 'vec4f(vectors[at], vectors[at + 1u], vectors[at + 2u], vectors[at + 3u])';
  return `${lines.join('\n')}
fn vectorQuad(at: u32) -> vec4f { return ${quad}; }
${codeOfText(vectors.type === 'vec4f')}`;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Name of the quad of outputs in the thread's row i, quad of columns j. */
export const outputName = (i: number, j: number): string => `c${i}_${j}`;

export interface ProductText {
  readonly tile: Tile;
  readonly a: Operand;
  readonly b: Operand;
  /** Statements: declares `replica`, `rowTile`, `columnTile`, `begin`, `end` (inner indices). */
  readonly place: string;
  /** What follows the product; the outputs are in c<i>_<j>. */
  readonly epilogue: string;
  /** Quads of workgroup memory that the epilogue needs. */
  readonly epilogueQuads: number;
}

/** The entry point `main`. Declares `lid`, `tx`, `ty`, `replica`, `code`, `slope` for operands and epilogue. */
export function productText({ tile, a, b, place, epilogue, epilogueQuads }: ProductText): string {
  const { matrix } = tile;
  const quads = Math.max(matrix === undefined ? a.quads + b.quads : stagedQuads(tile), epilogueQuads);
  const outputs = range(tile.threadRows)
    .map((i) =>
      range(tile.threadColumns / 4)
        .map((j) => `var ${outputName(i, j)} = vec4f();`)
        .join(' '),
    )
    .join('\n');
  const subgroup =
    ', @builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) subgroupLane: u32';
  return `${matrix === undefined ? '' : halvesText(a, b)}
var<workgroup> tile: array<vec4f, ${quads}>;
@compute @workgroup_size(${threadsOf(tile)})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32${matrix === undefined ? '' : subgroup}) {
  ${place}
  ${threadText(tile)}
  ${matrix === undefined ? '' : `${scalesText(threadsOf(tile))}\n${sumsText(tile, matrix)}`}
  ${a.setup}
  ${b.setup}
  ${matrix === undefined ? outputs : ''}
  ${tile.open ? openLoop(tile, a, b) : compactLoop(tile, a, b)}
  ${matrix === undefined ? '' : `${outputs}\n${outputsText(tile, matrix, outputName)}`}
  ${epilogue}
}
`;
}

/** Multiplies the slab in workgroup memory. */
const slabText = (tile: Tile, a: Operand, b: Operand): string =>
  tile.matrix === undefined ? threadSlabText(tile, a, b) : matrixSlabText(tile, tile.matrix, a, b);

const threadSlabText = (tile: Tile, a: Operand, b: Operand): string =>
  tile.unroll === tile.depth
    ? `{ const step = 0u;\n${range(tile.unroll)
        .map((q) => stepText(tile, a, b, q))
        .join('\n')} }`
    : `for (var step = 0u; step < ${tile.depth}u; step += ${tile.unroll}u) {
      ${range(tile.unroll)
        .map((q) => stepText(tile, a, b, q))
        .join('\n')}
    }`;

/** The slab at k is stored and the next one loaded before this one is multiplied. */
const openLoop = (tile: Tile, a: Operand, b: Operand): string => `{ ${a.fetch('begin')} }
  { ${b.fetch('begin')} }
  for (var k = begin; k < end; k += ${tile.depth}u) {
    ${a.store('k')}
    ${b.store('k')}
    workgroupBarrier();
    let next = k + ${tile.depth}u;
    if (next < end) {
      ${a.fetch('next')}
      ${b.fetch('next')}
    }
    ${slabText(tile, a, b)}
    workgroupBarrier();
  }`;

/** The same with each part in the text once: the slab at k is loaded, then the one before is multiplied. */
const compactLoop = (
  tile: Tile,
  a: Operand,
  b: Operand,
): string => `for (var k = begin; ; k += ${tile.depth}u) {
    ${a.fetch('k')}
    ${b.fetch('k')}
    if (k > begin) { ${slabText(tile, a, b)} }
    if (k >= end) { break; }
    workgroupBarrier();
    ${a.store('k')}
    ${b.store('k')}
    workgroupBarrier();
  }
  workgroupBarrier();`;

/** Where the thread stands in the tile: `tx`, `ty`. */
function threadText({ rows, columns, threadRows, threadColumns, lanes }: Tile): string {
  const across = columns / threadColumns;
  const down = rows / threadRows;
  const x = Math.min(lanes, across);
  const y = 32 / x;
  if (across % x !== 0 || down % y !== 0) throw new Error('a tile needs whole blocks of 32 threads');
  return `let tx = lid % ${x}u + ((lid / 32u) % ${across / x}u) * ${x}u;
  let ty = (lid / ${x}u) % ${y}u + (lid / ${(32 * across) / x}u) * ${y}u;`;
}

/** One inner index: outer product of the thread's rows and columns. */
function stepText(tile: Tile, a: Operand, b: Operand, q: number): string {
  const down = tile.rows / tile.threadRows;
  const across = tile.columns / tile.threadColumns;
  const rows = range(tile.threadRows / 4).map(
    (i) => `let a${i} = tile[(step + ${q}u) * ${a.stride}u + ty + ${i * down}u];`,
  );
  const columns = range(tile.threadColumns / 4).map(
    (j) => `let b${j} = tile[${a.quads}u + (step + ${q}u) * ${b.stride}u + tx + ${j * across}u];`,
  );
  const products = range(tile.threadRows).flatMap((i) =>
    range(tile.threadColumns / 4).map((j) => {
      const c = outputName(i, j);
      return `${c} = ${c} + a${i >> 2}.${'xyzw'[i & 3]} * b${j};`;
    }),
  );
  return `{ ${[...rows, ...columns, ...products].join('\n')} }`;
}

/** Every quad of outputs of a thread with the expressions of its row, and of its first column. */
export function forEachOutput(
  tile: Tile,
  visit: (output: { name: string; i: number; j: number; row: string; column: string }) => string,
): string {
  const down = tile.rows / tile.threadRows;
  const across = tile.columns / tile.threadColumns;
  return range(tile.threadColumns / 4)
    .flatMap((j) =>
      range(tile.threadRows).map((i) =>
        visit({
          name: outputName(i, j),
          i,
          j,
          row: `(rowTile * ${tile.rows}u + (ty + ${(i >> 2) * down}u) * 4u + ${i & 3}u)`,
          column: `(columnTile * ${tile.columns}u + (tx + ${j * across}u) * 4u)`,
        }),
      ),
    )
    .join('\n');
}

/**
 * Statements for every four rows of a thread in one quad of columns: `each` of one output, `name`; in a compact tile in a
 * loop that turns the four round. It may change the output. `row` is an expression of `turn`.
 */
export function forEachFour(
  tile: Tile,
  each: (four: { i: number; j: number; name: string; row: string; column: string }) => string,
): string {
  const down = tile.rows / tile.threadRows;
  const across = tile.columns / tile.threadColumns;
  return range(tile.threadColumns / 4)
    .flatMap((j) =>
      range(tile.threadRows / 4).map((i) => {
        const names = range(4).map((q) => outputName(4 * i + q, j));
        const row = `(rowTile * ${tile.rows}u + (ty + ${i * down}u) * 4u + turn)`;
        const column = `(columnTile * ${tile.columns}u + (tx + ${j * across}u) * 4u)`;
        if (tile.open) {
          return range(4)
            .map((turn) => `{ const turn = ${turn}u; ${each({ i, j, name: names[turn], row, column })} }`)
            .join('\n  ');
        }
        return `for (var turn = 0u; turn < 4u; turn++) {
    ${each({ i, j, name: names[0], row, column })}
    let turned = ${names[0]}; ${range(3)
      .map((q) => `${names[q]} = ${names[q + 1]};`)
      .join(' ')} ${names[3]} = turned;
  }`;
      }),
    )
    .join('\n  ');
}

/** `name(base, row, column, v)`: writes a quad of a [u.rows, u.columns] matrix, if it is inside. */
export function storeQuad(name: string, array: string, vector: boolean): string {
  const lane = (i: number): string =>
    `  if (column + ${i}u < u.columns) { ${array}[first + ${i}u] = v.${'xyzw'[i]}; }`;
  const body = vector
    ? `  if (row < u.rows && column < u.columns) { ${array}[(base + row * u.columns + column) / 4u] = v; }`
    : `  if (row >= u.rows) { return; }
  let first = base + row * u.columns + column;
${[0, 1, 2, 3].map(lane).join('\n')}`;
  return `
fn ${name}(base: u32, row: u32, column: u32, v: vec4f) {
${body}
}`;
}
