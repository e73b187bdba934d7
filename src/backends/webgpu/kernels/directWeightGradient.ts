/** The gradient of any convolution by its weights, written plainly, in pieces of rows: a thread has an element of the filter. */
import type { ConvolutionGeometry, ConvolutionWeightGradientCall } from '../../../compile/program.js';
import { type Dispatch, maxGroups } from '../kernel.js';
import type { Places } from '../places.js';
import { declareKernel } from '../wgsl.js';
import {
  geometryFields,
  geometryUniforms,
  gradientFields,
  gradientFunctions,
  sharedText,
  viewFields,
  viewFunctions,
  viewUniforms,
} from './directText.js';

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
