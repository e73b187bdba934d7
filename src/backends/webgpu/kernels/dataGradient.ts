/**
 * Pointwise and dense convolutions and linear layers, gradient by the input:
 * dv[r, k] = sum over n of (a * dz + b * raw + c)[r, n] * w[n, k]; dz of the input = dv * act'(z), and per piece of 64
 * rows its sums and those of dz * (raw - mean).
 */
import type { Kernel } from '../kernel.js';
import { activationText, slopeText } from './activations.js';
import { codeText, type Quads, quadsName, tilePlace, wgslType } from './forward.js';
import { straightOperand, turnedOperand } from './operands.js';
import { filterSource, reachingSource, type Taps, tapsName } from './patches.js';
import { finishes, finishSums, fourRows, pieceQuads, quadSums, writeSumText } from './pieceSums.js';
import { bindingsText, forEachOutput, outputName, productText, shapeText, storeQuad } from './product.js';
import { gradientSource, loadQuad, plainSource, vectorText } from './sources.js';
import { type Tile, threadsOf, tileName } from './tiles.js';

/** In binding order. In the uniforms `rows`, `columns` are those of the input [rows, columns], `inner` the output's. */
export const dataGradientBindings = [
  'dz',
  'raw',
  'vectors',
  'codes',
  'parameters',
  'targetRaw',
  'output',
  'sums',
] as const;

/** The kernel of a tile; `taps` for a dense convolution that is not 1x1. */
export function dataGradientKernel(tile: Tile, quads: Quads, taps: Taps | null): Kernel {
  const plain = taps === null;
  const inner = quads.inner && quads.columns && plain;
  const columns = quads.columns && (inner || !plain);
  const sourceA = plain
    ? gradientSource('a', { lines: 'u.rows', width: 'u.inner', vector: inner })
    : reachingSource('a', taps);
  const sourceB = plain
    ? plainSource('b', { array: 'parameters', lines: 'u.inner', width: 'u.columns', vector: inner })
    : filterSource('b', taps);
  const place = { depth: tile.depth, threads: threadsOf(tile) };
  const a = turnedOperand({
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
    base: '(replica * u.parameterStride + u.weightOffset)',
  });
  return {
    key: `data gradient ${plain ? '1x1' : tapsName(taps)} ${tileName(tile)} ${quadsName({ inner, columns })}`,
    code: `${shapeText}${bindingsText([
      { name: 'dz', type: wgslType(inner) },
      { name: 'raw', type: wgslType(inner) },
      { name: 'vectors', type: wgslType(inner) },
      { name: 'codes', type: 'u32' },
      { name: 'parameters', type: wgslType(inner) },
      { name: 'targetRaw', type: wgslType(columns) },
      { name: 'output', type: wgslType(columns), write: true },
      { name: 'sums', type: wgslType(columns), write: true },
    ])}
${activationText('vec4f')}${slopeText}${sourceA.declarations}${sourceB.declarations}${targetText(columns)}
${productText({
  tile,
  a,
  b,
  place: `${tilePlace(tile)}
  let begin = 0u;
  let end = u.inner;
  ${codeText}`,
  epilogue: epilogueText(tile),
  epilogueQuads: pieceQuads(tile),
})}`,
  };
}

const targetText = (columns: boolean): string =>
  loadQuad('loadTarget', { array: 'targetRaw', lines: 'u.rows', width: 'u.columns', vector: columns }) +
  vectorText('targetScale', 'u.targetAffine', '0u', '1.0') +
  vectorText('targetShift', 'u.targetAffine', 'u.columns', '0.0') +
  vectorText('targetMean', 'u.saved', '0u', '0.0') +
  storeQuad('storeOutput', 'output', columns) +
  writeSumText(columns);

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/**
 * An activation that is not piecewise linear is applied in a loop first, so that its switch stands in the text once;
 * then all outputs are multiplied by the slope at z (1 after that loop), stored and summed.
 */
function epilogueText(tile: Tile): string {
  const quadsOfColumns = range(tile.threadColumns / 4);
  const across = tile.columns / tile.threadColumns;
  const column = (j: number): string => `(columnTile * ${tile.columns}u + (tx + ${j * across}u) * 4u)`;
  const vectors = quadsOfColumns.map(
    (j) => `let scale${j} = targetScale(replica, ${column(j)});
  let shift${j} = targetShift(replica, ${column(j)});
  let mean${j} = targetMean(replica, ${column(j)});`,
  );
  const finish = forEachOutput(tile, ({ name, i, j, row }) => {
    const declare = i % 4 === 0 ? `var p${i >> 2}_${j} = vec4f(); var q${i >> 2}_${j} = vec4f();\n` : '';
    // (r0 + r1) + (r2 + r3): p holds r0 + r1, q is r2, then r2 + r3.
    const sum =
      i % 4 < 2
        ? `p${i >> 2}_${j} = p${i >> 2}_${j} + product;`
        : `q${i >> 2}_${j} = q${i >> 2}_${j} + product;`;
    return `${declare}{
    let targetQuad = loadTarget(base, ${row}, ${column(j)});
    ${name} = ${name} * select(vec4f(below), vec4f(1.0), scale${j} * targetQuad + shift${j} > vec4f());
    storeOutput(base, ${row}, ${column(j)}, ${name});
    let product = ${name} * (targetQuad - mean${j});
    ${sum}
  }`;
  });
  const second = quadSums(tile, (i, j) => `p${i}_${j} + q${i}_${j}`);
  return `let base = replica * u.rows * u.columns;
  ${vectors.join('\n  ')}
  var below = slope;
  if (slope > 1.5) {
    below = 1.0;
    ${switchedText(tile, column)}
  }
  ${finish}
  if (u.sums != 0u) {
    ${quadSums(tile, (i, j) => fourRows(i, (row) => outputName(row, j)))}
    workgroupBarrier();
    if (${finishes(tile)}) {
      ${finishSums(tile)}
      writeSum(replica, piece, 0u, pieceColumn, total);
    }
    workgroupBarrier();
    ${second}
    workgroupBarrier();
    if (${finishes(tile)}) {
      ${finishSums(tile)}
      writeSum(replica, piece, 1u, pieceColumn, select(total, vec4f(), u.saved == none));
    }
  }`;
}

/** Multiplies every output by act'(z), one after another: a register is chosen by a switch on the counter. */
function switchedText(tile: Tile, column: (j: number) => string): string {
  const down = tile.rows / tile.threadRows;
  const across = tile.columns / tile.threadColumns;
  const outputs = range(tile.threadColumns / 4).flatMap((j) =>
    range(tile.threadRows).map((i) => outputName(i, j)),
  );
  const read = outputs.map((name, n) => `case ${n}u: { v = ${name}; }`).join(' ');
  const write = outputs.map((name, n) => `case ${n}u: { ${name} = v; }`).join(' ');
  return `for (var n = 0u; n < ${outputs.length}u; n++) {
      var v = vec4f();
      switch n { ${read} default: {} }
      let i = n % ${tile.threadRows}u;
      let columnOf = ${column(0)} + n / ${tile.threadRows}u * ${across * 4}u;
      let rowOf = rowTile * ${tile.rows}u + (ty + i / 4u * ${down}u) * 4u + i % 4u;
      let z = targetScale(replica, columnOf) * loadTarget(base, rowOf, columnOf) + targetShift(replica, columnOf);
      v = v * activationDerivative4(code, z);
      switch n { ${write} default: {} }
    }`;
}
