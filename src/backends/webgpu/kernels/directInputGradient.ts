/**
 * The gradient of any convolution by its input, written plainly: as directForward.ts, with the sums of dz per piece of 64
 * rows.
 */
import type { AveragePoolGradientCall, ConvolutionInputGradientCall } from '../../../compile/program.js';
import type { Dispatch } from '../kernel.js';
import type { Places } from '../places.js';
import { declareKernel } from '../wgsl.js';
import { topBits } from './bounds.js';
import { columnTree } from './columnSum.js';
import {
  geometryFields,
  geometryOf,
  geometryUniforms,
  gradientFields,
  gradientFunctions,
  rowGroups,
  sharedText,
  viewFields,
  viewFunctions,
  viewUniforms,
  weightFields,
  weightFunctions,
  weightUniforms,
} from './directText.js';

const inputGradientUniforms = {
  ...geometryFields,
  ...viewFields,
  ...weightFields,
  ...gradientFields,
  sums: 'u32',
  saved: 'u32',
} as const;

const inputGradientBindings = [
  { name: 'dz', access: 'read', type: 'f32' },
  { name: 'rawY', access: 'read', type: 'f32' },
  { name: 'vectors', access: 'read', type: 'f32' },
  { name: 'parameters', access: 'read', type: 'f32' },
  { name: 'rawX', access: 'read', type: 'f32' },
  { name: 'dzX', access: 'read_write', type: 'f32' },
  { name: 'sumsX', access: 'read_write', type: 'f32' },
] as const;

/** What the kernel does beside: nothing, or to keep the largest |dz| of each channel (bounds.ts). */
interface LargestParts {
  readonly declarations: string;
  readonly begin: string;
  readonly take: string;
  readonly write: string;
}

const inputGradientBody = ({ declarations, begin, take, write }: LargestParts): string => /* wgsl */ `
${sharedText}${viewFunctions}${gradientFunctions}${weightFunctions}${columnTree}${declarations}
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
${begin}  for (var piece = group.y; piece < pieces; piece += grid.y) {
    var sum = 0.0;
    var product = 0.0;
    for (var i = 0u; i < 4u; i++) {
      let row = 64u * piece + 4u * id.y + i;
      if (row >= u.rows || c >= u.inChannels) { continue; }
      let at = r * u.inElements + row * u.inChannels + c;
      let x = rawX[at];
      let d = gradientAt(row, c, r) * activationDerivative(code, zOf(x, r, c));
      dzX[at] = d;
${take}      sum += d;
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
${write}}
`;

const inputGradientKernel = declareKernel({
  key: 'direct input gradient',
  uniforms: inputGradientUniforms,
  bindings: inputGradientBindings,
  body: inputGradientBody({ declarations: '', begin: '', take: '', write: '' }),
});

const largestInputGradientKernel = declareKernel({
  key: 'direct input gradient, largest',
  uniforms: { ...inputGradientUniforms, largest: 'u32' },
  bindings: inputGradientBindings,
  body: inputGradientBody({
    declarations: `${topBits}
var<workgroup> tops: array<atomic<u32>, 16>;`,
    begin: '  var top = 0u;\n',
    take: '      top = max(top, topBits(d));\n',
    write: `  atomicMax(&tops[id.x], top);
  workgroupBarrier();
  if (id.y == 0u && c < u.inChannels) {
    sumsX[u.largest + (r * grid.y + group.y) * u.inChannels + c] = bitcast<f32>(atomicLoad(&tops[id.x]));
  }
`,
  }),
});

export function inputGradient<Ref>(
  call: ConvolutionInputGradientCall | AveragePoolGradientCall,
  places: Places<Ref>,
): Dispatch<Ref> {
  const { gradient, target } = call;
  const g = geometryOf(call.geometry);
  const rows = g.batch * g.inHeight * g.inWidth;
  const sums = places.sums(target.sums);
  const arrays = [
    places.buffer(gradient.dz),
    gradient.coefficients === null ? places.dummyRead : places.buffer(gradient.raw),
    places.vectors,
    places.parameters,
    target.view.slot === null && target.saved === null ? places.dummyRead : places.buffer(target.view.raw),
    places.buffer(target.dz),
    sums.ref,
  ];
  const uniforms = {
    ...geometryUniforms(g, rows),
    ...viewUniforms(target.view, places),
    ...weightUniforms(call, places),
    coefficients: places.vector(gradient.coefficients),
    sums: sums.offset,
    saved: places.vector(target.saved),
  };
  const groups = rowGroups(g.inChannels, rows, places);
  return sums.largest === null
    ? inputGradientKernel.dispatch(arrays, uniforms, groups)
    : largestInputGradientKernel.dispatch(arrays, { ...uniforms, largest: sums.largest.offset }, groups);
}
