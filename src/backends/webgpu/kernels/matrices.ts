/**
 * Products of halves on subgroup matrices: factors are multiplied by a power of two of their tensor, rounded to f16 while they
 * are written to workgroup memory, multiplied and added in f32 by whole subgroups, and divided by the powers of two. Then every
 * thread takes its part of the output, and the epilogue goes on as after any product.
 *
 * The power of two brings the upper bound of the tensor's values (bounds.ts) below 2^14, so that nothing overflows, and keeps
 * 2^-28 of that bound as a normal f16. An infinity or NaN stays one.
 */
import type { Operand } from './operands.js';
import type { MatrixTile, Tile } from './tiles.js';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What a text of this tile begins with: extensions come before everything else. */
export const enablesText = ({ matrix }: Tile): string =>
  matrix === undefined
    ? ''
    : `enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;
// Offsets depend on the subgroup, which the analysis takes for a dependence on the thread.
diagnostic(off, chromium.subgroup_matrix_uniformity);
`;

/** Words of the uniform block: where the bounds of the factors begin in a replica's vectors, and how many there are. */
export const boundWords = ['boundsA', 'boundCountA', 'boundsB', 'boundCountB'] as const;

type Factor = 'a' | 'b';

const scaleName = (p: Factor): string => `${p}Scale`;
const inverseName = (p: Factor): string => `${p}Inverse`;

/** Name of a factor's power of two; undefined: it is not rounded. */
export const scaleOf = ({ matrix }: Tile, p: Factor): string | undefined =>
  matrix === undefined ? undefined : scaleName(p);

/** Declares the arrays in workgroup memory, and `scaleOfBound(bits)`: exponent 14 - e for a bound below 2^e. */
export const halvesText = (a: Operand, b: Operand): string => `
var<workgroup> halves: array<vec4<f16>, ${a.quads + b.quads}>;
var<workgroup> bounds: array<atomic<u32>, 2>;
fn scaleOfBound(bits: u32) -> f32 { return bitcast<f32>(min(253u, 267u - (bits >> 23u)) << 23u); }
fn inverseOfBound(bits: u32) -> f32 { return bitcast<f32>((254u - min(253u, 267u - (bits >> 23u))) << 23u); }
fn largest(q: vec4f) -> u32 {
  // The largest float by its bits, so that a NaN is the largest of all.
  let bits = bitcast<vec4u>(q) & vec4u(0x7fffffffu);
  return max(max(bits.x, bits.y), max(bits.z, bits.w));
}`;

/** Statements that declare the powers of two and their inverses: the largest of each factor's bounds. */
export const scalesText = (threads: number): string => {
  const factor = (p: Factor, i: number): string => {
    const P = p.toUpperCase();
    return `var ${p}Top = 0u;
  for (var i = 4u * lid; i < u.boundCount${P}; i += ${4 * threads}u) {
    ${p}Top = max(${p}Top, largest(vectorQuad(replica * u.vectorStride + u.bounds${P} + i)));
  }
  ${p}Top = subgroupMax(${p}Top);
  if (subgroupLane == 0u) { atomicMax(&bounds[${i}], ${p}Top); }`;
  };
  const declare = (p: Factor, i: number): string =>
    `let ${p}Bound = atomicLoad(&bounds[${i}]);
  let ${scaleName(p)} = scaleOfBound(${p}Bound);
  let ${inverseName(p)} = inverseOfBound(${p}Bound);`;
  return `${factor('a', 0)}
  ${factor('b', 1)}
  workgroupBarrier();
  ${declare('a', 0)}
  ${declare('b', 1)}`;
};

const sumName = (i: number, j: number): string => `m${i}_${j}`;

/** The sums of a subgroup's part, and where the part lies in the tile: `blockRow`, `blockColumn`. */
export function sumsText(tile: Tile, matrix: MatrixTile): string {
  const across = tile.columns / matrix.blockColumns;
  const subgroups = (tile.rows / matrix.blockRows) * across;
  const threads = (tile.rows / tile.threadRows) * (tile.columns / tile.threadColumns);
  if (subgroups * matrix.subgroup !== threads) {
    throw new Error(`${threads} threads are not ${subgroups} subgroups of ${matrix.subgroup}`);
  }
  const sums = blocksOf(matrix).map(
    ({ i, j }) => `var ${sumName(i, j)} = subgroup_matrix_result<f32, ${matrix.n}, ${matrix.m}>();`,
  );
  return `let blockRow = (subgroup / ${across}u) * ${matrix.blockRows}u;
  let blockColumn = (subgroup % ${across}u) * ${matrix.blockColumns}u;
  ${sums.join('\n  ')}`;
}

function blocksOf({ blockRows, blockColumns, m, n }: MatrixTile): { i: number; j: number }[] {
  return range(blockRows / m).flatMap((i) => range(blockColumns / n).map((j) => ({ i, j })));
}

/** Multiplies the slab in workgroup memory. */
export function matrixSlabText(tile: Tile, matrix: MatrixTile, a: Operand, b: Operand): string {
  const { m, n, k, blockRows, blockColumns } = matrix;
  const load = (side: 'left' | 'right', { isTurned, at, stride }: Operand, line: string): string => {
    const [columns, rows] = side === 'left' ? [k, m] : [n, k];
    const major = isTurned === (side === 'left') ? 'row_major' : 'col_major';
    const from = isTurned
      ? `${at}u + (${line}) * ${stride}u + step / 4u`
      : `${at}u + step * ${stride}u + (${line}) / 4u`;
    return `subgroupMatrixLoad<subgroup_matrix_${side}<f16, ${columns}, ${rows}>, ${major}>(&halves, ${from}, ${stride}u)`;
  };
  const lefts = range(blockRows / m).map((i) => `let x${i} = ${load('left', a, `blockRow + ${i * m}u`)};`);
  const rights = range(blockColumns / n).map(
    (j) => `let y${j} = ${load('right', b, `blockColumn + ${j * n}u`)};`,
  );
  const products = blocksOf(matrix).map(({ i, j }) => {
    const sum = sumName(i, j);
    return `${sum} = subgroupMatrixMultiplyAccumulate(x${i}, y${j}, ${sum});`;
  });
  const text = [...lefts, ...rights, ...products].join('\n      ');
  return `for (var step = 0u; step < ${tile.depth}u; step += ${k}u) {
      ${text}
    }`;
}

/** Quads of `tile` through which the sums come to the threads: as many rows at a time as four of each thread. */
export const stagedQuads = (tile: Tile): number => stagedRows(tile) * (tile.columns / 4);

const stagedRows = ({ rows, threadRows }: Tile): number => (4 * rows) / threadRows;

/** Every thread takes its outputs, divided by the powers of two. `nameOf(i, j)`: the output in its row i, quad of columns j. */
export function outputsText(
  tile: Tile,
  matrix: MatrixTile,
  nameOf: (i: number, j: number) => string,
): string {
  const rows = stagedRows(tile);
  const stride = tile.columns / 4;
  const across = tile.columns / tile.threadColumns;
  return range(tile.threadRows / 4)
    .map((phase) => {
      const stores = blocksOf(matrix).map(({ i, j }) => {
        const row = `(blockRow + ${i * matrix.m}u)`;
        const to = `(${row} % ${rows}u) * ${stride}u + (blockColumn + ${j * matrix.n}u) / 4u`;
        const store = `subgroupMatrixStore<row_major>(&tile, ${to}, ${sumName(i, j)}, ${stride}u);`;
        return rows === tile.rows ? store : `if (${row} / ${rows}u == ${phase}u) { ${store} }`;
      });
      const takes = range(4).flatMap((q) =>
        range(tile.threadColumns / 4).map(
          (j) =>
            `${nameOf(4 * phase + q, j)} = tile[(ty * 4u + ${q}u) * ${stride}u + tx + ${j * across}u] * ${inverseName('a')} * ${inverseName('b')};`,
        ),
      );
      return `${stores.join('\n  ')}
  workgroupBarrier();
  ${takes.join('\n  ')}
  workgroupBarrier();`;
    })
    .join('\n  ');
}
