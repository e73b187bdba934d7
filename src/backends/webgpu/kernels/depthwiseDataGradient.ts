/**
 * Depthwise 3x3, gradient by the input: dz of the input = (what reaches it) * act'(z), and per piece of 64 rows its sums
 * and those of dz * (raw - mean).
 */
import type { Kernel } from '../kernel.js';
import {
  type DepthwiseForm,
  depthwiseHeader,
  depthwiseName,
  filterText,
  loadFilters,
  pixelText,
  placeText,
  range,
  totalOfParts,
} from './depthwise.js';

/** In binding order. */
export const depthwiseDataBindings = [
  'dz',
  'raw',
  'vectors',
  'codes',
  'parameters',
  'targetRaw',
  'output',
  'sums',
] as const;

/** Which columns of dY a strip reads, and which of them output i meets at tap column kx. */
function columnsOf({ stride, strip }: DepthwiseForm): {
  count: number;
  column: (i: number, kx: number) => number | null;
} {
  if (strip === 1) return { count: 3, column: (_, kx) => kx };
  if (stride === 1) return { count: strip + 2, column: (i, kx) => i + 2 - kx };
  return { count: strip / 2 + 1, column: (i, kx) => ((i + 1 - kx) % 2 === 0 ? (i + 1 - kx) / 2 : null) };
}

/** Where column j of dY lies: `ox<j>`, and whether it exists: `in<j>`. */
function placeColumn({ stride, strip }: DepthwiseForm, j: number): string {
  if (strip === 1) {
    return `let at${j} = ix + 1u - ${j}u; let ox${j} = at${j} / stride;
      let in${j} = inRow & (at${j} % stride == 0u) & (ox${j} < u.outWidth);`;
  }
  const ox = stride === 1 ? `ix + ${j}u - 1u` : `ix / 2u + ${j}u`;
  return `let ox${j} = ${ox}; let in${j} = inRow & (ox${j} < u.outWidth);`;
}

export function depthwiseDataKernel(form: DepthwiseForm): Kernel {
  const { strip, lanes, pieces } = form;
  const threads = 16 * lanes;
  const { count, column } = columnsOf(form);
  const loads = range(count).map(
    (j) => `${placeColumn(form, j)}
      let e${j} = select(0u, (rowAt + ox${j}) * units + unit, in${j});
      let y${j} = select(T(), a * dz[e${j}] + b * raw[select(0u, e${j}, u.coefficients != none)] + c, in${j});`,
  );
  const strips = range(4 / strip).map((s) => {
    const products = range(strip).flatMap((i) =>
      range(3).flatMap((kx) => {
        const j = column(i, kx);
        return j === null ? [] : [`v${s * strip + i} = v${s * strip + i} + y${j} * f${kx};`];
      }),
    );
    return `{
    let r = first + ${s * strip}u;
    let valid = isThere & (r < rows);
    ${pixelText('r', 'u.inHeight', 'u.inWidth', 'iy', 'ix')}
    for (var ky = 0u; ky < 3u; ky++) {
      let aty = iy + 1u - ky;
      let oy = aty / stride;
      let inRow = valid & (aty % stride == 0u) & (oy < u.outHeight);
      if (inRow) {
      let rowAt = ((replica * u.batch + image) * u.outHeight + oy) * u.outWidth;
      ${loads.join('\n      ')}
      ${range(3)
        .map((kx) => `let f${kx} = filters[(ky * 3u + ${kx}u) * lanes + lane];`)
        .join(' ')}
      ${products.join('\n      ')}
      }
    }
  }`;
  });
  const finish = range(4).map(
    (
      i,
    ) => `let t${i} = targetRaw[select(0u, (replica * rows + first + ${i}u) * units + unit, isThere & (first + ${i}u < rows))];
    v${i} = v${i} * select(T(slope), T(1.0), scale * t${i} + shift > T());`,
  );
  return {
    key: `depthwise data gradient ${depthwiseName(form)}`,
    code: `${depthwiseHeader(form)}${filterText(form.quads)}
@group(0) @binding(1) var<storage, read> dz: array<T>;
@group(0) @binding(2) var<storage, read> raw: array<T>;
@group(0) @binding(3) var<storage, read> vectors: array<T>;
@group(0) @binding(4) var<storage, read> codes: array<u32>;
@group(0) @binding(5) var<storage, read> parameters: array<f32>;
@group(0) @binding(6) var<storage, read> targetRaw: array<T>;
@group(0) @binding(7) var<storage, read_write> output: array<T>;
@group(0) @binding(8) var<storage, read_write> sums: array<T>;
var<workgroup> filters: array<T, ${9 * lanes}>;
var<workgroup> parts: array<T, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  ${placeText}
  ${loadFilters(threads)}
  workgroupBarrier();
  let rows = u.batch * u.inHeight * u.inWidth;
  let pieceCount = (rows + 63u) / 64u;
  let a = vectorUnit(replica, u.coefficients, 0u, unit, 1.0);
  let b = vectorUnit(replica, u.coefficients, 1u, unit, 0.0);
  let c = vectorUnit(replica, u.coefficients, 2u, unit, 0.0);
  let scale = vectorUnit(replica, u.targetAffine, 0u, unit, 1.0);
  let shift = vectorUnit(replica, u.targetAffine, 1u, unit, 0.0);
  let mean = vectorUnit(replica, u.saved, 0u, unit, 0.0);
  let lastPiece = min((wid.x + 1u) * ${pieces}u, pieceCount);
  for (var piece = wid.x * ${pieces}u; piece < lastPiece; piece++) {
    let first = piece * 64u + (lid / lanes) * 4u;
    var v0 = T(); var v1 = T(); var v2 = T(); var v3 = T();
    ${strips.join('\n    ')}
    ${finish.join('\n    ')}
    if (isCurved) {
      var z0 = scale * t0 + shift; var z1 = scale * t1 + shift; var z2 = scale * t2 + shift; var z3 = scale * t3 + shift;
      for (var turn = 0u; turn < 4u; turn++) {
        let turned = v0 * actDerivative(code, z0);
        v0 = v1; v1 = v2; v2 = v3; v3 = turned;
        z0 = z1; z1 = z2; z2 = z3;
      }
    }
    ${range(4)
      .map(
        (i) =>
          `if (isThere & (first + ${i}u < rows)) { output[(replica * rows + first + ${i}u) * units + unit] = v${i}; }`,
      )
      .join('\n    ')}
    if (u.sums != 0u) {
      for (var part = 0u; part < 2u; part++) {
        parts[lid] = (v0 + v1) + (v2 + v3);
        workgroupBarrier();
        ${totalOfParts}
        if ((lid < lanes) & isThere) { sums[((replica * pieceCount + piece) * 2u + part) * units + unit] = total; }
        ${range(4)
          .map((i) => `v${i} = select(v${i} * (t${i} - mean), T(), u.saved == none);`)
          .join('\n        ')}
        workgroupBarrier();
      }
    }
  }
}
`,
  };
}
