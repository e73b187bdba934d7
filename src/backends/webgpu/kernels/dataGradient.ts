/**
 * Pointwise convolutions and linear layers, gradient by the input:
 * dv[r, k] = sum over n of (a * dz + b * raw + c)[r, n] * w[n, k]; dz of the input = dv * act'(z), and per piece of 64
 * rows its sums and those of dz * (raw - mean).
 */
import { type Kernel, kernelOf } from '../kernel.js';
import { activationText, slopeText } from './activations.js';
import { codeText, type Quads, tilePlace, wgslType } from './forward.js';
import { enablesText, scaleOf } from './matrices.js';
import { straightOperand, turnedOperand } from './operands.js';
import { finishes, finishSums, fourRows, pieceQuads, quadSums, writeSumText } from './pieceSums.js';
import { bindingsText, outputName, productText, shapeText, storeQuad } from './product.js';
import { gradientSource, loadQuad, plainSource, rowText, vectorText } from './sources.js';
import { type Tile, threadsOf, tileName } from './tiles.js';

/** In binding order. In the uniforms `rows`, `columns` are those of the input [rows, columns], `inner` the output's. */
export const dataGradientBindings = [
  'dz',
  'raw',
  'vectors',
  'parameters',
  'targetRaw',
  'output',
  'sums',
] as const;

/** The kernel of a tile. */
export function dataGradientKernel(tile: Tile, quads: Quads): Kernel {
  return kernelOf(
    `data gradient ${tileName(tile)} ${quads.inner && quads.columns ? 'quads' : 'single'}`,
    () => dataGradientText(tile, quads),
  );
}

function dataGradientText(tile: Tile, quads: Quads): string {
  const vector = quads.inner && quads.columns;
  const sourceA = gradientSource('a', { lines: 'u.rows', width: 'u.inner', vector });
  const sourceB = plainSource('b', { array: 'parameters', lines: 'u.inner', width: 'u.columns', vector });
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
  const b = straightOperand({
    ...place,
    p: 'b',
    scale: scaleOf(tile, 'b'),
    source: sourceB,
    extent: tile.columns,
    at: a.quads,
    first: `columnTile * ${tile.columns}u`,
    base: '(replica * u.parameterStride + u.weightOffset)',
  });
  return `${enablesText(tile)}${shapeText}${bindingsText([
    { name: 'dz', type: wgslType(vector) },
    { name: 'raw', type: wgslType(vector) },
    { name: 'vectors', type: wgslType(vector) },
    { name: 'parameters', type: wgslType(vector) },
    { name: 'targetRaw', type: wgslType(vector) },
    { name: 'output', type: wgslType(vector), write: true },
    { name: 'sums', type: wgslType(vector), write: true },
  ])}
${activationText('vec4f')}${slopeText}${sourceA.declarations}${sourceB.declarations}${targetText(vector)}
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
})}`;
}

const targetText = (vector: boolean): string =>
  rowText('targetRow', { lines: 'u.rows', width: 'u.columns' }) +
  loadQuad('loadTarget', { array: 'targetRaw', lines: 'u.rows', width: 'u.columns', vector }) +
  vectorText('targetScale', 'u.targetAffine', '0u', '1.0') +
  vectorText('targetShift', 'u.targetAffine', 'u.columns', '0.0') +
  vectorText('targetMean', 'u.saved', '0u', '0.0') +
  storeQuad('storeOutput', 'output', vector) +
  writeSumText(vector);

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** dz of the input from the products, stored, and its sums. */
function epilogueText(tile: Tile): string {
  const quadsOfColumns = range(tile.threadColumns / 4);
  const across = tile.columns / tile.threadColumns;
  const column = (j: number): string => `(columnTile * ${tile.columns}u + (tx + ${j * across}u) * 4u)`;
  const vectors = quadsOfColumns.map(
    (j) => `let scale${j} = targetScale(replica, ${column(j)});
  let shift${j} = targetShift(replica, ${column(j)});
  let mean${j} = targetMean(replica, ${column(j)});`,
  );
  const groups = quadsOfColumns.flatMap((j) =>
    range(tile.threadRows / 4).map((i) => fourText(tile, i, j, column(j))),
  );
  const sums = quadSums(
    tile,
    (i, j) => `select(p${i}_${j} + q${i}_${j}, ${fourRows(i, (row) => outputName(row, j))}, part == 0u)`,
  );
  return `let base = replica * u.rows * u.columns;
  ${vectors.join('\n  ')}
  ${groups.join('\n  ')}
  if (u.sums != none) {
    for (var part = 0u; part < 2u; part++) {
      ${sums}
      workgroupBarrier();
      if (${finishes(tile)}) {
        ${finishSums(tile)}
        writeSum(replica, piece, part, pieceColumn, select(total, vec4f(), part == 1u && u.saved == none));
      }
      workgroupBarrier();
    }
  }`;
}

/**
 * Four rows in one quad of columns, in a loop that turns them round: times act'(z), stored, and summed times raw - mean:
 * p is r0 + r1, q is r2 + r3. Their targets are loaded before, all at once.
 */
function fourText(tile: Tile, i: number, j: number, column: string): string {
  const names = range(4).map((q) => outputName(4 * i + q, j));
  const row = `(rowTile * ${tile.rows}u + (ty + ${(i * tile.rows) / tile.threadRows}u) * 4u)`;
  const load = range(4)
    .map((q) => `var t${q} = loadTarget(targetRow(base, ${row} + ${q}u), ${column});`)
    .join('\n    ');
  const turn = (last: string): string =>
    `${range(3)
      .map((q) => `${names[q]} = ${names[q + 1]};`)
      .join(' ')} ${names[3]} = ${last}; let t = t0; t0 = t1; t1 = t2; t2 = t3; t3 = t;`;
  const derivative = `activationDerivative4(code, scale${j} * t0 + shift${j})`;
  if (tile.open) {
    const finish = names.map(
      (
        name,
        q,
      ) => `${name} = ${name} * select(vec4f(slope), vec4f(1.0), scale${j} * t${q} + shift${j} > vec4f());
    storeOutput(base, ${row} + ${q}u, ${column}, ${name});`,
    );
    const product = (q: number): string => `${names[q]} * (t${q} - mean${j})`;
    return `var p${i}_${j} = vec4f(); var q${i}_${j} = vec4f();
  {
    ${load}
    if (isCurved) { for (var turn = 0u; turn < 4u; turn++) { let turned = ${names[0]} * ${derivative}; ${turn('turned')} } }
    ${finish.join('\n    ')}
    p${i}_${j} = ${product(0)} + ${product(1)};
    q${i}_${j} = ${product(2)} + ${product(3)};
  }`;
  }
  return `var p${i}_${j} = vec4f(); var q${i}_${j} = vec4f();
  {
    ${load}
    for (var turn = 0u; turn < 4u; turn++) {
      var v = ${names[0]};
      if (isCurved) { v = v * ${derivative}; }
      v = v * select(vec4f(slope), vec4f(1.0), scale${j} * t0 + shift${j} > vec4f());
      storeOutput(base, ${row} + turn, ${column}, v);
      let product = v * (t0 - mean${j});
      p${i}_${j} = p${i}_${j} + select(vec4f(), product, turn < 2u);
      q${i}_${j} = q${i}_${j} + select(product, vec4f(), turn < 2u);
      ${turn('v')}
    }
  }`;
}
