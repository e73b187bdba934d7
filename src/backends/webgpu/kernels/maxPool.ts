/** Max pooling, written plainly: a thread has four rows of a channel, a workgroup 64 rows by 16 channels. */
import type { MaxPoolCall, MaxPoolGradientCall, WindowGeometry } from '../../../compile/program.js';
import { type Dispatch, maxGroups } from '../kernel.js';
import type { Places } from '../places.js';
import { declareKernel } from '../wgsl.js';
import { activationText, codeOfText } from './activations.js';
import { columnTree } from './columnSum.js';

const fields = {
  rows: 'u32',
  inHeight: 'u32',
  inWidth: 'u32',
  outHeight: 'u32',
  outWidth: 'u32',
  channels: 'u32',
  size: 'u32',
  stride: 'u32',
  inElements: 'u32',
  outElements: 'u32',
  vectorStride: 'u32',
  affine: 'u32',
  slot: 'u32',
} as const;

/** A window's first largest element, counted row by row; the last NaN, told by its bits, where there is one. */
const windowText = /* wgsl */ `
const NONE = 0xffffffffu;
${activationText('f32')}
fn zOf(x: f32, r: u32, c: u32) -> f32 {
  if (u.affine == NONE) { return x; }
  let at = r * u.vectorStride + u.affine + c;
  return vectors[at] * x + vectors[at + u.channels];
}
${codeOfText(false)}struct Largest { value: f32, index: u32 }
fn largestOf(first: u32, r: u32, c: u32, code: u32) -> Largest {
  var largest = Largest(0.0, 0u);
  for (var i = 0u; i < u.size * u.size; i++) {
    let pixel = first + (i / u.size) * u.inWidth + i % u.size;
    let v = activation(code, zOf(rawX[r * u.inElements + pixel * u.channels + c], r, c));
    let isNaN = (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
    if (i == 0u || v > largest.value || isNaN) { largest = Largest(v, i); }
  }
  return largest;
}
fn windowAt(n: u32, oy: u32, ox: u32) -> u32 {
  return (n * u.inHeight + oy * u.stride) * u.inWidth + ox * u.stride;
}
`;

const forwardKernel = declareKernel({
  key: 'max pool',
  uniforms: fields,
  bindings: [
    { name: 'rawX', access: 'read', type: 'f32' },
    { name: 'vectors', access: 'read', type: 'f32' },
    { name: 'output', access: 'read_write', type: 'f32' },
  ],
  body: /* wgsl */ `
${windowText}
@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) id: vec3u,
) {
  let r = group.z;
  let c = 16u * group.x + id.x;
  let code = codeOf(r);
  if (c >= u.channels) { return; }
  for (var row = 16u * group.y + id.y; row < u.rows; row += 16u * grid.y) {
    let first = windowAt(row / (u.outWidth * u.outHeight), (row / u.outWidth) % u.outHeight, row % u.outWidth);
    output[r * u.outElements + row * u.channels + c] = largestOf(first, r, c, code).value;
  }
}
`,
});

const gradientKernel = declareKernel({
  key: 'max pool gradient',
  uniforms: { ...fields, sums: 'u32', saved: 'u32' },
  bindings: [
    { name: 'dz', access: 'read', type: 'f32' },
    { name: 'vectors', access: 'read', type: 'f32' },
    { name: 'rawX', access: 'read', type: 'f32' },
    { name: 'dzX', access: 'read_write', type: 'f32' },
    { name: 'sumsX', access: 'read_write', type: 'f32' },
  ],
  body: /* wgsl */ `
${windowText}
${columnTree}fn gradientAt(row: u32, c: u32, r: u32, code: u32) -> f32 {
  let x = row % u.inWidth;
  let y = (row / u.inWidth) % u.inHeight;
  let n = row / (u.inWidth * u.inHeight);
  let firstX = (max(x + u.stride, u.size) - u.size) / u.stride;
  let firstY = (max(y + u.stride, u.size) - u.size) / u.stride;
  var total = 0.0;
  for (var oy = firstY; oy <= min(y / u.stride, u.outHeight - 1u); oy++) {
    for (var ox = firstX; ox <= min(x / u.stride, u.outWidth - 1u); ox++) {
      let own = (y - oy * u.stride) * u.size + x - ox * u.stride;
      if (largestOf(windowAt(n, oy, ox), r, c, code).index != own) { continue; }
      total += dz[r * u.outElements + ((n * u.outHeight + oy) * u.outWidth + ox) * u.channels + c];
    }
  }
  return total;
}
@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) id: vec3u,
) {
  let r = group.z;
  let c = 16u * group.x + id.x;
  let code = codeOf(r);
  let pieces = (u.rows + 63u) / 64u;
  var mean = 0.0;
  if (u.saved != NONE && c < u.channels) { mean = vectors[r * u.vectorStride + u.saved + c]; }
  for (var piece = group.y; piece < pieces; piece += grid.y) {
    var sum = 0.0;
    var product = 0.0;
    for (var i = 0u; i < 4u; i++) {
      let row = 64u * piece + 4u * id.y + i;
      if (row >= u.rows || c >= u.channels) { continue; }
      let at = r * u.inElements + row * u.channels + c;
      let x = rawX[at];
      let d = gradientAt(row, c, r, code) * activationDerivative(code, zOf(x, r, c));
      dzX[at] = d;
      sum += d;
      product += d * (x - mean);
    }
    if (u.sums == NONE) { continue; }
    let total = columnSum(sum, id.x, id.y);
    let totalProduct = columnSum(product, id.x, id.y);
    if (id.y == 0u && c < u.channels) {
      let at = u.sums + (r * pieces + piece) * 2u * u.channels + c;
      sumsX[at] = total;
      sumsX[at + u.channels] = select(totalProduct, 0.0, u.saved == NONE);
    }
  }
}
`,
});

export function maxPool<Ref>(call: MaxPoolCall, places: Places<Ref>): Dispatch<Ref> {
  const { geometry: g, input, output } = call;
  const rows = g.batch * g.outHeight * g.outWidth;
  return forwardKernel.dispatch(
    [places.buffer(input.raw), places.vectors, places.buffer(output)],
    uniformsOf(g, input, rows, places),
    [Math.ceil(g.channels / 16), Math.min(maxGroups, Math.ceil(rows / 16)), places.replicas],
  );
}

/** A pool has no normalization, so that the gradient by its output is the stored one. */
export function maxPoolGradient<Ref>(call: MaxPoolGradientCall, places: Places<Ref>): Dispatch<Ref> {
  const { geometry: g, input, gradient, target } = call;
  const rows = g.batch * g.inHeight * g.inWidth;
  const sums = places.sums(target.sums);
  return gradientKernel.dispatch(
    [
      places.buffer(gradient.dz),
      places.vectors,
      places.buffer(input.raw),
      places.buffer(target.dz),
      sums.ref,
    ],
    {
      ...uniformsOf(g, input, rows, places),
      sums: sums.offset,
      saved: places.vector(target.saved),
    },
    [Math.ceil(g.channels / 16), Math.min(maxGroups, Math.ceil(rows / 64)), places.replicas],
  );
}

function uniformsOf<Ref>(g: WindowGeometry, view: MaxPoolCall['input'], rows: number, places: Places<Ref>) {
  const { batch, ...sizes } = g;
  return {
    ...sizes,
    rows,
    inElements: batch * g.inHeight * g.inWidth * g.channels,
    outElements: batch * g.outHeight * g.outWidth * g.channels,
    vectorStride: places.vectorStride,
    affine: places.vector(view.affine),
    slot: places.code(view.slot),
  };
}
