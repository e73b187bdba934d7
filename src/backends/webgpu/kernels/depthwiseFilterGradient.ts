/**
 * Depthwise 3x3, gradient by the filters, in pieces of rows: partial[piece, channel, tap], in one pass over dZ. 32
 * threads share the rows of a piece, strip by strip in turn; their sums are added in ascending order.
 */
import type { Kernel } from '../kernel.js';
import {
  type DepthwiseForm,
  depthwiseHeader,
  inputColumns,
  pixelText,
  placeText,
  range,
  readInputs,
} from './depthwise.js';

/** In binding order. */
export const depthwiseFilterBindings = ['dz', 'raw', 'vectors', 'codes', 'xs', 'output'] as const;

/** Threads that share a piece: part of the sums' order. */
const workers = 32;

/** Rows of a piece: at most 256 pieces, and about 1,024 workgroups for one replica; by the shape only. */
export function depthwisePieceRows(rows: number, channels: number): number {
  const pieces = Math.min(256, Math.max(1, Math.floor(1024 / Math.ceil(channels / 32))));
  return Math.max(64, Math.ceil(rows / pieces / 64) * 64);
}

/** `form.strip` follows from the shape, as the order of the sums depends on it; `form.pieces` is not used. */
export function depthwiseFilterKernel(form: Omit<DepthwiseForm, 'pieces'>): Kernel {
  const { stride, strip, lanes, quads } = form;
  const threads = workers * lanes;
  const whole: DepthwiseForm = { ...form, pieces: 1 };
  const gradients = range(strip).map(
    (i) => `let e${i} = select(0u, (replica * rows + r + ${i}u) * units + unit, valid);
    let y${i} = select(T(), a * dz[e${i}] + b * raw[select(0u, e${i}, u.coefficients != none)] + c, valid);`,
  );
  // The taps of the row ky are w0, w1, w2; after each row the three rows of taps are turned round.
  const products = range(3).flatMap((kx) =>
    range(strip).map((i) => `w${kx} = w${kx} + y${i} * x${i * stride + kx};`),
  );
  const turn = `let k0 = w0; let k1 = w1; let k2 = w2;
      ${range(6)
        .map((t) => `w${t} = w${t + 3};`)
        .join(' ')} w6 = k0; w7 = k1; w8 = k2;`;
  const stores = quads
    ? range(4).map((i) => `output[first + ${9 * i}u] = total.${'xyzw'[i]};`)
    : ['output[first] = total;'];
  if (inputColumns(whole) > 9) throw new Error('a strip is too long');
  return {
    key: `depthwise filter gradient s${stride} strip ${strip} ${quads ? 'quads' : 'single'} ${lanes} lanes`,
    code: `${depthwiseHeader(form)}
@group(0) @binding(1) var<storage, read> dz: array<T>;
@group(0) @binding(2) var<storage, read> raw: array<T>;
@group(0) @binding(3) var<storage, read> vectors: array<T>;
@group(0) @binding(4) var<storage, read> codes: array<u32>;
@group(0) @binding(5) var<storage, read> xs: array<T>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;
var<workgroup> parts: array<T, ${3 * threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  ${placeText}
  let rows = u.batch * u.outHeight * u.outWidth;
  let scale = vectorUnit(replica, u.inputAffine, 0u, unit, 1.0);
  let shift = vectorUnit(replica, u.inputAffine, 1u, unit, 0.0);
  let a = vectorUnit(replica, u.coefficients, 0u, unit, 1.0);
  let b = vectorUnit(replica, u.coefficients, 1u, unit, 0.0);
  let c = vectorUnit(replica, u.coefficients, 2u, unit, 0.0);
  ${range(9)
    .map((t) => `var w${t} = T();`)
    .join(' ')}
  let end = min((wid.x + 1u) * u.pieceRows, rows);
  for (var r = wid.x * u.pieceRows + (lid / lanes) * ${strip}u; r < end; r += ${workers * strip}u) {
    let valid = isThere;
    ${pixelText('r', 'u.outHeight', 'u.outWidth', 'oy', 'ox')}
    ${gradients.join('\n    ')}
    for (var ky = 0u; ky < 3u; ky++) {
      ${readInputs(whole)}
      ${products.join('\n      ')}
      ${turn}
    }
  }
  for (var row = 0u; row < 3u; row++) {
    ${range(3)
      .map((kx) => `parts[${kx * threads}u + lid] = w${kx};`)
      .join(' ')}
    workgroupBarrier();
    if ((lid < 3u * lanes) & isThere) {
      var total = T();
      for (var i = 0u; i < ${workers}u; i++) { total = total + parts[lid / lanes * ${threads}u + i * lanes + lane]; }
      let first = replica * u.partialStride + u.partialOffset + wid.x * u.channels * 9u + unit * width * 9u + row * 3u + lid / lanes;
      ${stores.join(' ')}
    }
    workgroupBarrier();
    ${turn}
  }
}
`,
  };
}
