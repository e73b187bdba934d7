/**
 * Upper bounds of the factors of products in halves (bounds.ts, one level up), as floats in a replica's vectors. The largest of
 * some floats is found by their bits, so that an infinity or NaN is the largest of all.
 */
import { boundChunks, type HalfProduct } from '../bounds.js';
import { type Dispatch, kernelOf } from '../kernel.js';
import type { Places } from '../places.js';

/** `topBits(x)`: a number without its sign, as bits whose order is that of the numbers, NaN last. */
export const topBits = /* wgsl */ `
fn topBits(x: f32) -> u32 { return bitcast<u32>(x) & 0x7fffffffu; }
`;

/** For the largest |dz| of a batch-norm's channel: no value of its gradient by raw exceeds what this gives. */
export const gradientBound = /* wgsl */ `
/** a * dz + b * raw + c, where |raw - mean| is at most sqrt(rows) deviations. */
fn gradientBound(a: f32, largest: f32, sum: f32, product: f32, inverse: f32, rows: f32) -> f32 {
  return abs(a) * (largest + abs(sum) / rows + inverse * abs(product) / sqrt(rows));
}
`;

/**
 * Entries: weights (first, count), their bound's place, channels; gamma, beta, rows, the input's bound's place.
 * A workgroup for a part of each convolution's weights, and of the channels of its input.
 */
const boundsText = (convolutions: number): string => `
struct Uniforms { parameterStride: u32, vectorStride: u32, unused0: u32, unused1: u32, entries: array<vec4u, ${2 * convolutions}> }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<storage, read_write> vectors: array<f32>;
${topBits}
var<workgroup> tops: array<atomic<u32>, 2>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
  let weight = u.entries[2u * group.y];
  let view = u.entries[2u * group.y + 1u];
  let p = group.z * u.parameterStride;
  let first = group.x * 256u + id;
  var top = 0u;
  for (var i = first; i < weight.y; i += ${256 * boundChunks}u) { top = max(top, topBits(parameters[p + weight.x + i])); }
  atomicMax(&tops[0], top);
  top = 0u;
  for (var c = first; c < weight.w; c += ${256 * boundChunks}u) {
    // |raw - mean| is at most sqrt(rows) deviations, and no activation of z exceeds |z| + 1.
    let bound = abs(parameters[p + view.x + c]) * sqrt(f32(view.z)) + abs(parameters[p + view.y + c]) + 1.0;
    top = max(top, topBits(bound));
  }
  atomicMax(&tops[1], top);
  workgroupBarrier();
  if (id < 2u) {
    let at = select(weight.z, view.w, id == 1u);
    vectors[group.z * u.vectorStride + at + group.x] = bitcast<f32>(atomicLoad(&tops[id]));
  }
}
`;

/** Bounds of all weights and inputs, which depend on nothing but the parameters: once, at a step's beginning. */
export function bounds<Ref>(products: readonly HalfProduct[], places: Places<Ref>): Dispatch<Ref> {
  const entries = products.flatMap(({ forward, norm, weight, view }) => [
    places.parameter(forward.weight),
    forward.geometry.outChannels * forward.geometry.inChannels,
    weight.offset,
    norm.channels,
    places.parameter(norm.gamma),
    places.parameter(norm.beta),
    norm.rows,
    view.offset,
  ]);
  return {
    kernel: kernelOf(`bounds of ${products.length}`, () => boundsText(products.length)),
    bindings: [places.parameters, places.vectors],
    uniforms: Uint32Array.from([places.parameterStride, places.vectorStride, 0, 0, ...entries]),
    groups: [boundChunks, products.length, places.replicas],
  };
}
