/** Depthwise 3x3, forward: raw outputs, and their statistics per piece of 64 rows (mean, squared deviations). */
import type { Kernel } from '../kernel.js';
import { bitTests } from '../wgsl.js';
import {
  type DepthwiseForm,
  depthwiseHeader,
  depthwiseName,
  filterText,
  loadFilters,
  pixelText,
  placeText,
  range,
  readInputs,
  totalOfParts,
} from './depthwise.js';

/** In binding order; `flags` [2R] are set where no sums are wanted. */
export const depthwiseForwardBindings = ['xs', 'vectors', 'parameters', 'output', 'sums', 'flags'] as const;

export function depthwiseForwardKernel(form: DepthwiseForm): Kernel {
  const { stride, strip, lanes, pieces } = form;
  const threads = 16 * lanes;
  const strips = range(4 / strip).map((s) => {
    const products = range(strip).flatMap((i) =>
      range(3).map((kx) => `v${s * strip + i} = v${s * strip + i} + x${i * stride + kx} * f${kx};`),
    );
    return `{
    let r = first + ${s * strip}u;
    let valid = isThere & (r < rows);
    ${pixelText('r', 'u.outHeight', 'u.outWidth', 'oy', 'ox')}
    for (var ky = 0u; ky < 3u; ky++) {
      ${readInputs(form)}
      ${range(3)
        .map((kx) => `let f${kx} = filters[(ky * 3u + ${kx}u) * lanes + lane];`)
        .join(' ')}
      ${products.join('\n      ')}
    }
    if (valid) { ${range(strip)
      .map((i) => `output[(replica * rows + r + ${i}u) * units + unit] = v${s * strip + i};`)
      .join(' ')} }
  }`;
  });
  return {
    key: `depthwise forward ${depthwiseName(form)}`,
    code: `${depthwiseHeader(form)}${filterText(form.quads)}
@group(0) @binding(1) var<storage, read> xs: array<T>;
@group(0) @binding(2) var<storage, read> vectors: array<T>;
@group(0) @binding(3) var<storage, read> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<T>;
@group(0) @binding(5) var<storage, read_write> sums: array<T>;
@group(0) @binding(6) var<storage, read_write> flags: array<atomic<u32>>;
${bitTests}
var<workgroup> filters: array<T, ${9 * lanes}>;
var<workgroup> parts: array<T, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  ${placeText}
  ${loadFilters(threads)}
  workgroupBarrier();
  let rows = u.batch * u.outHeight * u.outWidth;
  let pieceCount = (rows + 63u) / 64u;
  let scale = vectorUnit(replica, u.inputAffine, 0u, unit, 1.0);
  let shift = vectorUnit(replica, u.inputAffine, 1u, unit, 0.0);
  let lastPiece = min((wid.x + 1u) * ${pieces}u, pieceCount);
  for (var piece = wid.x * ${pieces}u; piece < lastPiece; piece++) {
    let first = piece * 64u + (lid / lanes) * 4u;
    var v0 = T(); var v1 = T(); var v2 = T(); var v3 = T();
    ${strips.join('\n    ')}
    if (u.sums == none) {
      ${range(4)
        .map((i) => `if (${form.quads ? 'isBad4' : 'isBad'}(v${i})) { atomicOr(&flags[replica], 1u); }`)
        .join('\n      ')}
    } else {
      for (var part = 0u; part < 2u; part++) {
        parts[lid] = (v0 + v1) + (v2 + v3);
        workgroupBarrier();
        ${totalOfParts}
        let mean = total / f32(min(64u, rows - piece * 64u));
        if ((lid < lanes) & isThere) {
          sums[u.sums / width + ((replica * pieceCount + piece) * 2u + part) * units + unit] = select(total, mean, part == 0u);
        }
        ${range(4)
          .map((i) => `v${i} = select(T(), v${i} - mean, first + ${i}u < rows); v${i} = v${i} * v${i};`)
          .join('\n        ')}
        workgroupBarrier();
      }
    }
  }
}
`,
  };
}
