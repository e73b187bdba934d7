/**
 * Convolutions of any geometry, dense and depthwise, written plainly: what no faster family fits, and the oracle of
 * the faster ones on the same device. An average pooling is a depthwise convolution whose weights are all 1 / size^2.
 * 64 rows by 16 channels a workgroup of 16 x 16; a thread has four rows of a channel. The rows' statistics are made as a
 * tree over the workgroup, so they depend on the shape only.
 */
import type { AveragePoolCall, ConvolutionCall } from '../../../compile/program.js';
import type { Dispatch } from '../kernel.js';
import type { Places } from '../places.js';
import { bitTests, declareKernel } from '../wgsl.js';
import { columnTree } from './columnSum.js';
import {
  geometryFields,
  geometryOf,
  geometryUniforms,
  rowGroups,
  sharedText,
  viewFields,
  viewFunctions,
  viewUniforms,
  weightFields,
  weightFunctions,
  weightUniforms,
} from './directText.js';

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
