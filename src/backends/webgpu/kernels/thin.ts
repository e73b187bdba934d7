/**
 * Dense convolutions of few input channels (an image's three): forward with statistics, and the gradient by the filters.
 * 64 rows of patches are laid out in workgroup memory, [channel and tap][row], with the view applied once.
 */
import type { ConvolutionGeometry } from '../../../compile/program.js';
import type { Kernel } from '../kernel.js';
import { bitTests } from '../wgsl.js';
import { activationText, codeOfText } from './activations.js';
import { range, totalOfParts } from './depthwise.js';
import { none } from './product.js';
import { outRows, type Places, type PlannedDispatch } from './products.js';

/** In binding order; `flags` [2R] are set where no sums are wanted. */
export const thinForwardBindings = ['xs', 'vectors', 'parameters', 'output', 'sums', 'flags'] as const;
export const thinWeightBindings = ['dz', 'raw', 'vectors', 'xs', 'output'] as const;

/** What the text depends on. */
interface Form {
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly padding: number;
}

const words = [
  'batch',
  'inHeight',
  'inWidth',
  'outHeight',
  'outWidth',
  'outChannels',
  'weightOffset',
  'parameterStride',
  'vectorStride',
  'inputAffine',
  'coefficients',
  /** Element of a replica's vectors that holds the view's activation code, as a float. */
  'slot',
  /** Element at which statistics or sums begin; `none`: they are not wanted. */
  'sums',
  'pieceRows',
  /** Where the partial sums lie. */
  'partialStride',
  'partialOffset',
] as const;

/** Workgroups are 16 quads of rows by 8 quads of output channels. */
const threads = 128;
const lanes = 8;

/** Whether these kernels serve a convolution: patches of at most 36 elements, output channels in quads. */
export const isThin = (
  g: ConvolutionGeometry,
  places: Pick<Places, 'vectorStride' | 'coefficients'>,
): boolean =>
  !g.depthwise &&
  g.inChannels * g.kernelHeight * g.kernelWidth <= 36 &&
  [g.outChannels, places.vectorStride, places.coefficients ?? 0].every((n) => n === none || n % 4 === 0);

const formName = (f: Form): string =>
  `${f.channels} x ${f.kernelHeight}x${f.kernelWidth} s${f.stride} p${f.padding}`;

/** Header, and `fillPatches(first)`: the patches of rows first .. first + 63 into `patches` [inner, 64]. */
function header(f: Form): string {
  const taps = f.kernelHeight * f.kernelWidth;
  return `
struct Shape { ${words.map((word) => `${word}: u32`).join(', ')} }
@group(0) @binding(0) var<uniform> u: Shape;
const none = 0xffffffffu;
const lanes = ${lanes}u;
const inner = ${taps * f.channels}u;
var<workgroup> patches: array<f32, ${taps * f.channels * 64}>;
${activationText('f32')}${codeOfText(false)}
fn fillPatches(lid: u32, replica: u32, first: u32, rows: u32, code: u32) {
  let r = first + lid % 64u;
  let image = r / (u.outHeight * u.outWidth);
  let pixel = r - image * (u.outHeight * u.outWidth);
  let oy = pixel / u.outWidth;
  let ox = pixel - oy * u.outWidth;
  for (var k = lid / 64u; k < inner; k += ${threads / 64}u) {
    let c = k / ${taps}u;
    let tap = k % ${taps}u;
    // Left of the map is far right of it in unsigned numbers.
    let y = oy * ${f.stride}u + tap / ${f.kernelWidth}u - ${f.padding}u;
    let x = ox * ${f.stride}u + tap % ${f.kernelWidth}u - ${f.padding}u;
    let inside = (r < rows) & (y < u.inHeight) & (x < u.inWidth);
    let raw = xs[select(0u, (((replica * u.batch + image) * u.inHeight + y) * u.inWidth + x) * ${f.channels}u + c, inside)];
    let viewed = u.inputAffine != none;
    let at = select(0u, replica * u.vectorStride + u.inputAffine + c, viewed);
    let scale = select(1.0, vectors[at], viewed);
    let shift = select(0.0, vectors[at + ${f.channels}u], viewed);
    patches[k * 64u + lid % 64u] = select(0.0, activation(code, scale * raw + shift), inside);
  }
}
`;
}

const placeText = `let replica = wid.z;
  let rows = u.batch * u.outHeight * u.outWidth;
  let quads = u.outChannels / 4u;
  let quad = wid.y * lanes + lid % lanes;
  let isThere = quad < quads;
  let code = codeOf(replica);`;

function thinForwardKernel(f: Form): Kernel {
  const inner = f.channels * f.kernelHeight * f.kernelWidth;
  return {
    key: `thin forward ${formName(f)}`,
    code: `@group(0) @binding(1) var<storage, read> xs: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> flags: array<atomic<u32>>;
${bitTests}
${header(f)}
var<workgroup> filters: array<vec4f, ${inner * lanes}>;
var<workgroup> parts: array<vec4f, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  ${placeText}
  let piece = wid.x;
  let pieceCount = (rows + 63u) / 64u;
  let lane = lid % lanes;
  for (var i = lid; i < inner * lanes; i += ${threads}u) {
    let filterQuad = wid.y * lanes + i % lanes;
    let at = replica * u.parameterStride + u.weightOffset + filterQuad * 4u * inner + i / lanes;
    if (filterQuad < quads) { filters[i] = vec4f(parameters[at], parameters[at + inner], parameters[at + 2u * inner], parameters[at + 3u * inner]); }
  }
  fillPatches(lid, replica, piece * 64u, rows, code);
  workgroupBarrier();
  let local = lid / lanes * 4u;
  let first = piece * 64u + local;
  var v0 = vec4f(); var v1 = vec4f(); var v2 = vec4f(); var v3 = vec4f();
  for (var k = 0u; k < inner; k++) {
    let w = filters[k * lanes + lane];
    ${range(4)
      .map((i) => `v${i} = v${i} + patches[k * 64u + local + ${i}u] * w;`)
      .join(' ')}
  }
  ${range(4)
    .map(
      (i) =>
        `if (isThere & (first + ${i}u < rows)) { output[(replica * rows + first + ${i}u) * quads + quad] = v${i}; }`,
    )
    .join('\n  ')}
  if (u.sums == none) {
    ${range(4)
      .map((i) => `if (isBad4(v${i})) { atomicOr(&flags[replica], 1u); }`)
      .join('\n    ')}
  } else {
    for (var part = 0u; part < 2u; part++) {
      parts[lid] = (v0 + v1) + (v2 + v3);
      workgroupBarrier();
      ${totalOfParts}
      let mean = total / f32(min(64u, rows - piece * 64u));
      if ((lid < lanes) & isThere) {
        sums[u.sums / 4u + ((replica * pieceCount + piece) * 2u + part) * quads + quad] = select(total, mean, part == 0u);
      }
      ${range(4)
        .map((i) => `v${i} = select(vec4f(), v${i} - mean, first + ${i}u < rows); v${i} = v${i} * v${i};`)
        .join('\n      ')}
      workgroupBarrier();
    }
  }
}
`,
  };
}

function thinWeightKernel(f: Form): Kernel {
  const inner = f.channels * f.kernelHeight * f.kernelWidth;
  const mine = range(Math.ceil(inner / 16));
  return {
    key: `thin weight gradient ${formName(f)}`,
    code: `@group(0) @binding(1) var<storage, read> dz: array<vec4f>;
@group(0) @binding(2) var<storage, read> raw: array<vec4f>;
@group(0) @binding(3) var<storage, read> vectors: array<f32>;
@group(0) @binding(4) var<storage, read> xs: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
${header(f)}
var<workgroup> gradients: array<vec4f, ${64 * lanes}>;
fn coefficient(replica: u32, part: u32, quad: u32, otherwise: f32) -> vec4f {
  if (u.coefficients == none) { return vec4f(otherwise); }
  let at = replica * u.vectorStride + u.coefficients + part * u.outChannels + quad * 4u;
  return vec4f(vectors[at], vectors[at + 1u], vectors[at + 2u], vectors[at + 3u]);
}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  ${placeText}
  let lane = lid % lanes;
  let a = coefficient(replica, 0u, quad, 1.0);
  let b = coefficient(replica, 1u, quad, 0.0);
  let c = coefficient(replica, 2u, quad, 0.0);
  ${mine.map((i) => `var w${i} = vec4f();`).join(' ')}
  let end = min((wid.x + 1u) * u.pieceRows, rows);
  for (var first = wid.x * u.pieceRows; first < end; first += 64u) {
    fillPatches(lid, replica, first, rows, code);
    for (var i = lid / lanes; i < 64u; i += 16u) {
      let inside = isThere & (first + i < end);
      let at = select(0u, (replica * rows + first + i) * quads + quad, inside);
      gradients[i * lanes + lane] = select(vec4f(), a * dz[at] + b * raw[select(0u, at, u.coefficients != none)] + c, inside);
    }
    workgroupBarrier();
    for (var i = 0u; i < 64u; i++) {
      let g = gradients[i * lanes + lane];
      ${mine.map((i) => `w${i} = w${i} + g * patches[min(lid / lanes + ${16 * i}u, inner - 1u) * 64u + i];`).join('\n      ')}
    }
    workgroupBarrier();
  }
  let start = replica * u.partialStride + u.partialOffset + wid.x * u.outChannels * inner + quad * 4u * inner + lid / lanes;
  ${mine
    .map(
      (i) =>
        `if (isThere & (lid / lanes + ${16 * i}u < inner)) { ${range(4)
          .map((o) => `output[start + ${16 * i}u + ${o}u * inner] = w${i}.${'xyzw'[o]};`)
          .join(' ')} }`,
    )
    .join('\n  ')}
}
`,
  };
}

function uniforms(g: ConvolutionGeometry, places: Places, pieceRows: number): Uint32Array {
  const values: Readonly<Record<(typeof words)[number], number>> = {
    batch: g.batch,
    inHeight: g.inHeight,
    inWidth: g.inWidth,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
    outChannels: g.outChannels,
    weightOffset: places.weightOffset,
    parameterStride: places.parameterStride,
    vectorStride: places.vectorStride,
    inputAffine: places.inputAffine ?? none,
    coefficients: places.coefficients ?? none,
    slot: places.slot ?? none,
    sums: places.sums,
    pieceRows,
    partialStride:
      places.partialStride ?? thinPieces(g) * g.outChannels * g.inChannels * g.kernelHeight * g.kernelWidth,
    partialOffset: places.partialOffset ?? 0,
  };
  const block = new Uint32Array(20);
  block.set(words.map((word) => values[word]));
  return block;
}

const formOf = (g: ConvolutionGeometry): Form => ({ ...g, channels: g.inChannels });
const across = (g: ConvolutionGeometry): number => Math.ceil(g.outChannels / 4 / lanes);

/** At most 4,194,240 rows. */
export function thinForwardDispatch(
  g: ConvolutionGeometry,
  places: Places,
): PlannedDispatch<(typeof thinForwardBindings)[number]> {
  return {
    kernel: thinForwardKernel(formOf(g)),
    bindings: thinForwardBindings,
    uniforms: uniforms(g, places, 0),
    groups: [Math.ceil(outRows(g) / 64), across(g), places.replicas],
  };
}

/** Rows of a piece: at most 256 pieces; by the shape only. */
const thinPieceRows = (g: ConvolutionGeometry): number => Math.ceil(outRows(g) / 256 / 64) * 64;

/** Pieces of the weight gradient; their partial sums lie in `output` [R, pieces, elements of the filter], or where `places` says. */
export const thinPieces = (g: ConvolutionGeometry): number => Math.ceil(outRows(g) / thinPieceRows(g));

export function thinWeightDispatch(
  g: ConvolutionGeometry,
  places: Places,
): PlannedDispatch<(typeof thinWeightBindings)[number]> {
  return {
    kernel: thinWeightKernel(formOf(g)),
    bindings: thinWeightBindings,
    uniforms: uniforms(g, places, thinPieceRows(g)),
    groups: [thinPieces(g), across(g), places.replicas],
  };
}
