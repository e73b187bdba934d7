/**
 * Depthwise 3x3, forward: raw outputs, and their statistics per piece of 64 rows (mean, squared deviations). Where it finishes
 * the statistics of its input, every workgroup adds them for its channels: thread q of the 16 takes the pieces q, q + 16, ...;
 * the first workgroup of each channel writes affine, saved and running statistics.
 */
import { type Kernel, kernelOf } from '../kernel.js';
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
import { statisticsFormula } from './finish.js';

/** In binding order; `flags` [2R] are set where no sums are wanted. */
export const depthwiseForwardBindings = ['xs', 'vectors', 'parameters', 'output', 'sums', 'flags'] as const;

const readAffine = `let scale = vectorUnit(replica, u.inputAffine, 0u, unit, 1.0);
  let shift = vectorUnit(replica, u.inputAffine, 1u, unit, 0.0);`;

/** Declares scale and shift from the statistics of the input's batch-norm. */
function finishText(quads: boolean): string {
  const isBad = quads ? 'isBad4' : 'isBad';
  return `let xRows = u.batch * u.inHeight * u.inWidth;
  let xPieces = (xRows + 63u) / 64u;
  let xSums = u.finishSums / width + replica * xPieces * 2u * units + min(unit, units - 1u);
  var bad = false;
  var part = T();
  for (var p = lid / lanes; p < xPieces; p += 16u) {
    let mean = sums[xSums + 2u * p * units];
    part = part + mean * f32(min(64u, xRows - 64u * p));
    bad = bad || ${isBad}(mean);
  }
  parts[lid] = part;
  workgroupBarrier();
  var xMean = T();
  { ${totalOfParts} xMean = total / f32(xRows); }
  workgroupBarrier();
  part = T();
  for (var p = lid / lanes; p < xPieces; p += 16u) {
    let difference = sums[xSums + 2u * p * units] - xMean;
    let inner = sums[xSums + (2u * p + 1u) * units];
    part = part + inner + difference * difference * f32(min(64u, xRows - 64u * p));
    bad = bad || ${isBad}(inner);
  }
  parts[lid] = part;
  workgroupBarrier();
  var squares = T();
  { ${totalOfParts} squares = total; }
  workgroupBarrier();
  if (bad || ${isBad}(xMean) || ${isBad}(squares)) { atomicOr(&flags[replica], 1u); }
  let gamma = parameterUnit(replica, u.gamma, unit);
  let beta = parameterUnit(replica, u.beta, unit);
  let normal = normalOf(gamma, beta, xMean, squares, f32(xRows), bitcast<f32>(u.epsilon));
  let scale = normal.scale;
  let shift = normal.shift;
  if ((wid.x == 0u) & (lid < lanes) & isThere) {
    let v = replica * u.vectorStride / width + unit;
    vectors[v + u.finishSaved / width] = xMean;
    vectors[v + u.finishSaved / width + units] = normal.inverse;
    vectors[v + u.inputAffine / width] = scale;
    vectors[v + u.inputAffine / width + units] = shift;
    let momentum = bitcast<f32>(u.momentum);
    let variance = squares / f32(max(1u, xRows - 1u));
    let runningMean = v + u.runningMean / width;
    let runningVariance = v + u.runningVariance / width;
    vectors[runningMean] = moved(vectors[runningMean], xMean, momentum);
    vectors[runningVariance] = moved(vectors[runningVariance], variance, momentum);
  }`;
}

export function depthwiseForwardKernel(form: DepthwiseForm): Kernel {
  return kernelOf(`depthwise forward ${depthwiseName(form)}`, () => depthwiseForwardText(form));
}

function depthwiseForwardText(form: DepthwiseForm): string {
  const { stride, strip, lanes, pieces, finishes } = form;
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
  return `${depthwiseHeader(form)}${filterText(form.quads)}
@group(0) @binding(1) var<storage, read> xs: array<T>;
@group(0) @binding(2) var<storage, ${finishes ? 'read_write' : 'read'}> vectors: array<T>;
@group(0) @binding(3) var<storage, read> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<T>;
@group(0) @binding(5) var<storage, read_write> sums: array<T>;
@group(0) @binding(6) var<storage, read_write> flags: array<atomic<u32>>;
${bitTests}${finishes ? statisticsFormula : ''}
var<workgroup> filters: array<T, ${9 * lanes}>;
var<workgroup> parts: array<T, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  ${placeText}
  ${loadFilters(threads)}
  workgroupBarrier();
  let rows = u.batch * u.outHeight * u.outWidth;
  let pieceCount = (rows + 63u) / 64u;
  ${finishes ? finishText(form.quads) : readAffine}
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
`;
}
