/**
 * Convolutions of any geometry, dense and depthwise, written plainly: what no faster family fits, and the oracle of
 * the faster ones on the same device. An average pooling is a depthwise convolution whose weights are all 1 / size^2.
 * 64 rows by 16 channels a workgroup of 16 x 16; a thread has four rows of a channel. The rows' statistics and sums
 * are made as a tree over the workgroup, so they depend on the shape only.
 */
import type {
  AveragePoolCall,
  AveragePoolGradientCall,
  ConvolutionCall,
  ConvolutionGeometry,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
  PoolGeometry,
} from '../../../compile/program.js';
import { type Dispatch, maxGroups } from '../kernel.js';
import { none, type Places } from '../places.js';
import { bitTests, declareKernel } from '../wgsl.js';
import { activationText } from './activations.js';

const geometryFields = {
  rows: 'u32',
  inHeight: 'u32',
  inWidth: 'u32',
  inChannels: 'u32',
  outHeight: 'u32',
  outWidth: 'u32',
  outChannels: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
  stride: 'u32',
  padding: 'u32',
  depthwise: 'u32',
  inElements: 'u32',
  outElements: 'u32',
} as const;

const viewFields = { vectorStride: 'u32', affine: 'u32', slot: 'u32' } as const;
const weightFields = { parameterStride: 'u32', weight: 'u32', constant: 'f32' } as const;
const gradientFields = { coefficients: 'u32' } as const;

const sharedText = `const NONE = 0xffffffffu;\n${activationText('f32')}`;

/** z and v of the raw tensor `x` [.., inChannels], by the view's affine and code. */
const viewFunctions = /* wgsl */ `
fn zOf(x: f32, r: u32, c: u32) -> f32 {
  if (u.affine == NONE) { return x; }
  let at = r * u.vectorStride + u.affine + c;
  return vectors[at] * x + vectors[at + u.inChannels];
}
fn codeOf(r: u32) -> u32 {
  if (u.slot == NONE) { return NONE; }
  return u32(vectors[r * u.vectorStride + u.slot]);
}
`;

const gradientFunctions = /* wgsl */ `
fn dyOf(at: u32, r: u32, o: u32) -> f32 {
  let d = dz[at];
  if (u.coefficients == NONE) { return d; }
  let k = r * u.vectorStride + u.coefficients + o;
  return vectors[k] * d + (vectors[k + u.outChannels] * rawY[at] + vectors[k + 2u * u.outChannels]);
}
`;

const weightFunctions = /* wgsl */ `
fn weightAt(r: u32, i: u32) -> f32 {
  if (u.weight == NONE) { return u.constant; }
  return parameters[r * u.parameterStride + u.weight + i];
}
`;

/** The sum over the 16 threads of a column of the workgroup, as a tree. */
const columnTree = /* wgsl */ `
var<workgroup> room: array<f32, 256>;
fn columnSum(value: f32, x: u32, y: u32) -> f32 {
  workgroupBarrier();
  room[16u * y + x] = value;
  for (var s = 8u; s > 0u; s >>= 1u) {
    workgroupBarrier();
    if (y < s) { room[16u * y + x] += room[16u * (y + s) + x]; }
  }
  workgroupBarrier();
  return room[x];
}
`;

const forwardKernel = declareKernel({
  key: 'direct',
  uniforms: { ...geometryFields, ...viewFields, ...weightFields, statistics: 'u32' },
  bindings: [
    { name: 'raw', access: 'read', type: 'f32' },
    { name: 'vectors', access: 'read', type: 'f32' },
    { name: 'parameters', access: 'read', type: 'f32' },
    { name: 'output', access: 'read_write', type: 'f32' },
    { name: 'statistics', access: 'read_write', type: 'f32' },
    { name: 'flags', access: 'read_write', type: 'atomic<u32>' },
  ],
  body: /* wgsl */ `
${sharedText}${bitTests}${viewFunctions}${weightFunctions}${columnTree}
fn valueAt(row: u32, o: u32, r: u32, code: u32) -> f32 {
  let ox = row % u.outWidth;
  let oy = (row / u.outWidth) % u.outHeight;
  let n = row / (u.outWidth * u.outHeight);
  let taps = u.kernelHeight * u.kernelWidth;
  let first = select(0u, o, u.depthwise == 1u);
  let count = select(u.inChannels, 1u, u.depthwise == 1u);
  var total = 0.0;
  for (var ky = 0u; ky < u.kernelHeight; ky++) {
    let iy = oy * u.stride + ky - u.padding;
    if (iy >= u.inHeight) { continue; }
    for (var kx = 0u; kx < u.kernelWidth; kx++) {
      let ix = ox * u.stride + kx - u.padding;
      if (ix >= u.inWidth) { continue; }
      let at = r * u.inElements + ((n * u.inHeight + iy) * u.inWidth + ix) * u.inChannels + first;
      var sum = 0.0;
      for (var c = 0u; c < count; c++) {
        let v = activation(code, zOf(raw[at + c], r, first + c));
        sum += v * weightAt(r, (o * count + c) * taps + ky * u.kernelWidth + kx);
      }
      total += sum;
    }
  }
  return total;
}
@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) id: vec3u,
) {
  let r = group.z;
  let o = 16u * group.x + id.x;
  let code = codeOf(r);
  let pieces = (u.rows + 63u) / 64u;
  for (var piece = group.y; piece < pieces; piece += grid.y) {
    var values: array<f32, 4>;
    var sum = 0.0;
    var bad = false;
    for (var i = 0u; i < 4u; i++) {
      let row = 64u * piece + 4u * id.y + i;
      if (row >= u.rows || o >= u.outChannels) { continue; }
      values[i] = valueAt(row, o, r, code);
      output[r * u.outElements + row * u.outChannels + o] = values[i];
      sum += values[i];
      bad = bad || isBad(values[i]);
    }
    if (u.statistics == NONE) {
      if (bad) { atomicOr(&flags[r], 1u); }
      continue;
    }
    let mean = columnSum(sum, id.x, id.y) / f32(min(64u, u.rows - 64u * piece));
    var squares = 0.0;
    for (var i = 0u; i < 4u; i++) {
      let row = 64u * piece + 4u * id.y + i;
      if (row < u.rows) { squares += (values[i] - mean) * (values[i] - mean); }
    }
    let total = columnSum(squares, id.x, id.y);
    if (id.y == 0u && o < u.outChannels) {
      let at = u.statistics + (r * pieces + piece) * 2u * u.outChannels + o;
      statistics[at] = mean;
      statistics[at + u.outChannels] = total;
    }
  }
}
`,
});

const inputGradientKernel = declareKernel({
  key: 'direct input gradient',
  uniforms: {
    ...geometryFields,
    ...viewFields,
    ...weightFields,
    ...gradientFields,
    sums: 'u32',
    saved: 'u32',
  },
  bindings: [
    { name: 'dz', access: 'read', type: 'f32' },
    { name: 'rawY', access: 'read', type: 'f32' },
    { name: 'vectors', access: 'read', type: 'f32' },
    { name: 'parameters', access: 'read', type: 'f32' },
    { name: 'rawX', access: 'read', type: 'f32' },
    { name: 'dzX', access: 'read_write', type: 'f32' },
    { name: 'sumsX', access: 'read_write', type: 'f32' },
  ],
  body: /* wgsl */ `
${sharedText}${viewFunctions}${gradientFunctions}${weightFunctions}${columnTree}
fn gradientAt(row: u32, c: u32, r: u32) -> f32 {
  let ix = row % u.inWidth;
  let iy = (row / u.inWidth) % u.inHeight;
  let n = row / (u.inWidth * u.inHeight);
  let taps = u.kernelHeight * u.kernelWidth;
  let first = select(0u, c, u.depthwise == 1u);
  let count = select(u.outChannels, 1u, u.depthwise == 1u);
  var total = 0.0;
  for (var ky = 0u; ky < u.kernelHeight; ky++) {
    let y = iy + u.padding - ky;
    let oy = y / u.stride;
    if (iy + u.padding < ky || oy * u.stride != y || oy >= u.outHeight) { continue; }
    for (var kx = 0u; kx < u.kernelWidth; kx++) {
      let x = ix + u.padding - kx;
      let ox = x / u.stride;
      if (ix + u.padding < kx || ox * u.stride != x || ox >= u.outWidth) { continue; }
      let at = r * u.outElements + ((n * u.outHeight + oy) * u.outWidth + ox) * u.outChannels + first;
      let tap = ky * u.kernelWidth + kx;
      var sum = 0.0;
      for (var k = 0u; k < count; k++) {
        let o = first + k;
        let weight = select((o * u.inChannels + c) * taps + tap, o * taps + tap, u.depthwise == 1u);
        sum += dyOf(at + k, r, o) * weightAt(r, weight);
      }
      total += sum;
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
  if (u.saved != NONE && c < u.inChannels) { mean = vectors[r * u.vectorStride + u.saved + c]; }
  for (var piece = group.y; piece < pieces; piece += grid.y) {
    var sum = 0.0;
    var product = 0.0;
    for (var i = 0u; i < 4u; i++) {
      let row = 64u * piece + 4u * id.y + i;
      if (row >= u.rows || c >= u.inChannels) { continue; }
      let at = r * u.inElements + row * u.inChannels + c;
      let x = rawX[at];
      let d = gradientAt(row, c, r) * activationDerivative(code, zOf(x, r, c));
      dzX[at] = d;
      sum += d;
      product += d * (x - mean);
    }
    if (u.sums == NONE) { continue; }
    let total = columnSum(sum, id.x, id.y);
    let totalProduct = columnSum(product, id.x, id.y);
    if (id.y == 0u && c < u.inChannels) {
      let at = u.sums + (r * pieces + piece) * 2u * u.inChannels + c;
      sumsX[at] = total;
      sumsX[at + u.inChannels] = select(totalProduct, 0.0, u.saved == NONE);
    }
  }
}
`,
});

const weightGradientKernel = declareKernel({
  key: 'direct weight gradient',
  uniforms: {
    ...geometryFields,
    ...viewFields,
    ...gradientFields,
    pieceRows: 'u32',
    elements: 'u32',
    partialStride: 'u32',
    partialOffset: 'u32',
  },
  bindings: [
    { name: 'dz', access: 'read', type: 'f32' },
    { name: 'rawY', access: 'read', type: 'f32' },
    { name: 'vectors', access: 'read', type: 'f32' },
    { name: 'rawX', access: 'read', type: 'f32' },
    { name: 'partials', access: 'read_write', type: 'f32' },
  ],
  body: /* wgsl */ `
${sharedText}${viewFunctions}${gradientFunctions}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) id: vec3u) {
  let r = group.z;
  let piece = group.y;
  let code = codeOf(r);
  let taps = u.kernelHeight * u.kernelWidth;
  let pixels = u.outHeight * u.outWidth;
  let last = min(u.rows, (piece + 1u) * u.pieceRows);
  for (var e = 64u * group.x + id.x; e < u.elements; e += 64u * grid.x) {
    let tap = e % taps;
    let ky = tap / u.kernelWidth;
    let kx = tap % u.kernelWidth;
    let inner = e / taps;
    let o = select(inner / u.inChannels, inner, u.depthwise == 1u);
    let c = select(inner % u.inChannels, inner, u.depthwise == 1u);
    var total = 0.0;
    for (var row = piece * u.pieceRows; row < last; row++) {
      let n = row / pixels;
      let iy = ((row / u.outWidth) % u.outHeight) * u.stride + ky - u.padding;
      let ix = (row % u.outWidth) * u.stride + kx - u.padding;
      if (iy >= u.inHeight || ix >= u.inWidth) { continue; }
      let at = r * u.inElements + ((n * u.inHeight + iy) * u.inWidth + ix) * u.inChannels + c;
      total += dyOf(r * u.outElements + row * u.outChannels + o, r, o) * activation(code, zOf(rawX[at], r, c));
    }
    partials[r * u.partialStride + u.partialOffset + piece * u.elements + e] = total;
  }
}
`,
});

export function forward<Ref>(call: ConvolutionCall | AveragePoolCall, places: Places<Ref>): Dispatch<Ref> {
  const { input, output } = call;
  const g = geometryOf(call.geometry);
  const rows = g.batch * g.outHeight * g.outWidth;
  const statistics = places.sums(call.kernel === 'convolution' ? call.statistics : null);
  return forwardKernel.dispatch(
    [
      places.buffer(input.raw),
      places.vectors,
      places.parameters,
      places.buffer(output),
      statistics.ref,
      places.flags,
    ],
    {
      ...geometryUniforms(g, rows),
      ...viewUniforms(input, places),
      ...weightUniforms(call, places),
      statistics: statistics.offset,
    },
    rowGroups(g.outChannels, rows, places),
  );
}

export function inputGradient<Ref>(
  call: ConvolutionInputGradientCall | AveragePoolGradientCall,
  places: Places<Ref>,
): Dispatch<Ref> {
  const { gradient, target } = call;
  const g = geometryOf(call.geometry);
  const rows = g.batch * g.inHeight * g.inWidth;
  const sums = places.sums(target.sums);
  return inputGradientKernel.dispatch(
    [
      places.buffer(gradient.dz),
      gradient.coefficients === null ? places.dummyRead : places.buffer(gradient.raw),
      places.vectors,
      places.parameters,
      target.view.slot === null && target.saved === null ? places.dummyRead : places.buffer(target.view.raw),
      places.buffer(target.dz),
      sums.ref,
    ],
    {
      ...geometryUniforms(g, rows),
      ...viewUniforms(target.view, places),
      ...weightUniforms(call, places),
      coefficients: places.vector(gradient.coefficients),
      sums: sums.offset,
      saved: places.vector(target.saved),
    },
    rowGroups(g.inChannels, rows, places),
  );
}

/** Rows of a piece of the weight gradient: by the shape only. At most 512 pieces, and 8 MB of them a replica. */
export function weightPieces(g: ConvolutionGeometry): { readonly rows: number; readonly pieces: number } {
  const total = g.batch * g.outHeight * g.outWidth;
  const most = Math.max(1, Math.min(512, Math.floor(2 ** 21 / weightElements(g))));
  const rows = 64 * Math.max(1, Math.ceil(total / 64 / most));
  return { rows, pieces: Math.ceil(total / rows) };
}

export function weightElements(g: ConvolutionGeometry): number {
  return g.outChannels * g.kernelHeight * g.kernelWidth * (g.depthwise ? 1 : g.inChannels);
}

export function weightGradient<Ref>(call: ConvolutionWeightGradientCall, places: Places<Ref>): Dispatch<Ref> {
  const { geometry: g, gradient, input } = call;
  const { rows: pieceRows, pieces } = weightPieces(g);
  const partials = places.partials(call.weight, pieces);
  const elements = weightElements(g);
  return weightGradientKernel.dispatch(
    [
      places.buffer(gradient.dz),
      gradient.coefficients === null ? places.dummyRead : places.buffer(gradient.raw),
      places.vectors,
      places.buffer(input.raw),
      partials.ref,
    ],
    {
      ...geometryUniforms(g, g.batch * g.outHeight * g.outWidth),
      ...viewUniforms(input, places),
      coefficients: places.vector(gradient.coefficients),
      pieceRows,
      elements,
      partialStride: partials.stride,
      partialOffset: partials.offset,
    },
    [Math.min(maxGroups, Math.ceil(elements / 64)), pieces, places.replicas],
  );
}

function geometryOf(geometry: ConvolutionGeometry | PoolGeometry): ConvolutionGeometry {
  if ('depthwise' in geometry) return geometry;
  const { batch, inHeight, inWidth, channels, size } = geometry;
  return {
    batch,
    inHeight,
    inWidth,
    inChannels: channels,
    outHeight: inHeight / size,
    outWidth: inWidth / size,
    outChannels: channels,
    kernelHeight: size,
    kernelWidth: size,
    stride: size,
    padding: 0,
    depthwise: true,
  };
}

function geometryUniforms(g: ConvolutionGeometry, rows: number) {
  const { batch: _, depthwise, ...sizes } = g;
  return {
    ...sizes,
    rows,
    depthwise: depthwise ? 1 : 0,
    inElements: g.batch * g.inHeight * g.inWidth * g.inChannels,
    outElements: g.batch * g.outHeight * g.outWidth * g.outChannels,
  };
}

function viewUniforms<Ref>(view: ConvolutionCall['input'], places: Places<Ref>) {
  return {
    vectorStride: places.vectorStride,
    affine: places.vector(view.affine),
    slot: places.code(view.slot),
  };
}

function weightUniforms<Ref>(
  call: ConvolutionCall | ConvolutionInputGradientCall | AveragePoolCall | AveragePoolGradientCall,
  places: Places<Ref>,
) {
  const { parameterStride } = places;
  if ('weight' in call) return { parameterStride, weight: places.parameter(call.weight), constant: 0 };
  return { parameterStride, weight: none, constant: 1 / call.geometry.size ** 2 };
}

function rowGroups<Ref>(channels: number, rows: number, places: Places<Ref>): [number, number, number] {
  return [Math.ceil(channels / 16), Math.min(maxGroups, Math.ceil(rows / 64)), places.replicas];
}
