/**
 * What finishes sums over rows: statistics of a batch -> affine, saved and running statistics; sums of a gradient ->
 * coefficients and gradients of gamma and beta (or of a bias). A channel has `lanes` threads, each of which adds every
 * lanes-th piece; their sums meet in a tree. Lanes depend on the number of pieces alone.
 */
import type {
  BatchNormCall,
  BatchNormEvaluateCall,
  BatchNormGradientCall,
  BiasCall,
  BiasGradientCall,
} from '../../../compile/program.js';
import type { Dispatch } from '../kernel.js';
import { none, type Places } from '../places.js';
import { bitTests, declareKernel } from '../wgsl.js';
import { gradientBound, topBits } from './bounds.js';
import { gradientFormula, statisticsFormula } from './finish.js';

/** Threads a channel: about four pieces each, at most 64. */
function lanesFor(pieces: number): number {
  return Math.min(64, 2 ** Math.max(0, Math.ceil(Math.log2(pieces / 4))));
}

const laneTree = /* wgsl */ `
var<workgroup> room: array<f32, 256>;
fn laneSum(value: f32, lane: u32, place: u32) -> f32 {
  let width = 256u / u.lanes;
  workgroupBarrier();
  room[lane * width + place] = value;
  for (var s = u.lanes >> 1u; s > 0u; s >>= 1u) {
    workgroupBarrier();
    if (lane < s) { room[lane * width + place] += room[(lane + s) * width + place]; }
  }
  workgroupBarrier();
  return room[place];
}
`;

const batchNormKernel = declareKernel({
  key: 'batch-norm',
  uniforms: {
    rows: 'u32',
    channels: 'u32',
    pieces: 'u32',
    lanes: 'u32',
    statistics: 'u32',
    vectorStride: 'u32',
    affine: 'u32',
    saved: 'u32',
    parameterStride: 'u32',
    gamma: 'u32',
    beta: 'u32',
    runningMean: 'u32',
    runningVariance: 'u32',
    epsilon: 'f32',
    momentum: 'f32',
  },
  bindings: [
    { name: 'statistics', access: 'read', type: 'f32' },
    { name: 'vectors', access: 'read_write', type: 'f32' },
    { name: 'parameters', access: 'read', type: 'f32' },
    { name: 'flags', access: 'read_write', type: 'atomic<u32>' },
  ],
  body: /* wgsl */ `
alias T = f32;
${bitTests}${statisticsFormula}${laneTree}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
  let r = group.z;
  let width = 256u / u.lanes;
  let lane = id / width;
  let place = id % width;
  let c = group.x * width + place;
  let base = u.statistics + r * u.pieces * 2u * u.channels + c;
  var sum = 0.0;
  var bad = false;
  if (c < u.channels) {
    for (var p = lane; p < u.pieces; p += u.lanes) {
      let mean = statistics[base + 2u * p * u.channels];
      sum += mean * f32(min(64u, u.rows - 64u * p));
      bad = bad || isBad(mean);
    }
  }
  let mean = laneSum(sum, lane, place) / f32(u.rows);
  var part = 0.0;
  if (c < u.channels) {
    for (var p = lane; p < u.pieces; p += u.lanes) {
      let at = base + 2u * p * u.channels;
      let difference = statistics[at] - mean;
      let inner = statistics[at + u.channels];
      part += inner + difference * difference * f32(min(64u, u.rows - 64u * p));
      bad = bad || isBad(inner);
    }
  }
  let squares = laneSum(part, lane, place);
  if (bad) { atomicOr(&flags[r], 1u); }
  if (lane != 0u || c >= u.channels) { return; }
  if (isBad(mean) || isBad(squares)) { atomicOr(&flags[r], 1u); }
  let gamma = parameters[r * u.parameterStride + u.gamma + c];
  let beta = parameters[r * u.parameterStride + u.beta + c];
  let normal = normalOf(gamma, beta, mean, squares, f32(u.rows), u.epsilon);
  let v = r * u.vectorStride + c;
  vectors[v + u.saved] = mean;
  vectors[v + u.saved + u.channels] = normal.inverse;
  vectors[v + u.affine] = normal.scale;
  vectors[v + u.affine + u.channels] = normal.shift;
  let variance = squares / f32(max(1u, u.rows - 1u));
  vectors[v + u.runningMean] = moved(vectors[v + u.runningMean], mean, u.momentum);
  vectors[v + u.runningVariance] = moved(vectors[v + u.runningVariance], variance, u.momentum);
}
`,
});

const gradientUniforms = {
  rows: 'u32',
  channels: 'u32',
  pieces: 'u32',
  sums: 'u32',
  pieceStride: 'u32',
  lanes: 'u32',
  vectorStride: 'u32',
  saved: 'u32',
  coefficients: 'u32',
  parameterStride: 'u32',
  gamma: 'u32',
  gammaStride: 'u32',
  gammaOffset: 'u32',
  betaOffset: 'u32',
} as const;

const gradientBindings = [
  { name: 'sums', access: 'read', type: 'f32' },
  { name: 'vectors', access: 'read_write', type: 'f32' },
  { name: 'parameters', access: 'read', type: 'f32' },
  { name: 'partials', access: 'read_write', type: 'f32' },
] as const;

/** What the kernel does beside: nothing, or to find the bounds of the gradient by raw. */
interface GradientParts {
  readonly declarations: string;
  /** Statements of all threads. */
  readonly search: string;
  /** Statements of a channel's first thread. */
  readonly bound: string;
}

const gradientBody = ({ declarations, search, bound }: GradientParts): string => /* wgsl */ `
alias T = f32;
${gradientFormula}${laneTree}${declarations}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
  let r = group.z;
  let width = 256u / u.lanes;
  let lane = id / width;
  let place = id % width;
  let c = group.x * width + place;
  let isBias = u.saved == 0xffffffffu;
  var sum = 0.0;
  var product = 0.0;
  if (c < u.channels) {
    for (var p = lane; p < u.pieces; p += u.lanes) {
      let at = u.sums + (r * u.pieces + p) * u.pieceStride + c;
      sum += sums[at];
      if (!isBias) { product += sums[at + u.channels]; }
    }
  }
  let total = laneSum(sum, lane, place);
  let products = laneSum(product, lane, place);
${search}  if (lane != 0u || c >= u.channels) { return; }
  let g = r * u.gammaStride + c;
  partials[g + u.betaOffset] = total;
  if (isBias) { return; }
  let v = r * u.vectorStride;
  let mean = vectors[v + u.saved + c];
  let inverse = vectors[v + u.saved + u.channels + c];
  let gamma = parameters[r * u.parameterStride + u.gamma + c];
  let made = coefficientsOf(gamma, mean, inverse, total, products, f32(u.rows));
  partials[g + u.gammaOffset] = products * inverse;
  vectors[v + u.coefficients + c] = made.a;
  vectors[v + u.coefficients + u.channels + c] = made.b;
  vectors[v + u.coefficients + 2u * u.channels + c] = made.c;
${bound}}
`;

const gradientKernel = declareKernel({
  key: 'batch-norm gradient',
  uniforms: gradientUniforms,
  bindings: gradientBindings,
  body: gradientBody({ declarations: '', search: '', bound: '' }),
});

/** The same with the bounds of the channels, from the largest |dz| that the kernel before has left in `slots` places of each. */
const boundedGradientKernel = declareKernel({
  key: 'batch-norm gradient, bounds',
  uniforms: { ...gradientUniforms, largest: 'u32', slots: 'u32', bounds: 'u32' },
  bindings: gradientBindings,
  body: gradientBody({
    declarations: /* wgsl */ `${topBits}${gradientBound}
var<workgroup> tops: array<u32, 256>;
fn laneTop(value: u32, lane: u32, place: u32) -> u32 {
  let width = 256u / u.lanes;
  tops[lane * width + place] = value;
  for (var s = u.lanes >> 1u; s > 0u; s >>= 1u) {
    workgroupBarrier();
    if (lane < s) { tops[lane * width + place] = max(tops[lane * width + place], tops[(lane + s) * width + place]); }
  }
  workgroupBarrier();
  return tops[place];
}
`,
    search: `  var top = 0u;
  if (c < u.channels) {
    for (var i = lane; i < u.slots; i += u.lanes) { top = max(top, topBits(sums[u.largest + (r * u.slots + i) * u.channels + c])); }
  }
  let largest = bitcast<f32>(laneTop(top, lane, place));
`,
    bound: `  let bound = gradientBound(made.a, largest, total, products, inverse, f32(u.rows));
  vectors[v + u.bounds + c] = bitcast<f32>(topBits(bound));
`,
  }),
});

const affineKernel = declareKernel({
  key: 'affine',
  uniforms: {
    channels: 'u32',
    vectorStride: 'u32',
    affine: 'u32',
    parameterStride: 'u32',
    gamma: 'u32',
    beta: 'u32',
    runningMean: 'u32',
    runningVariance: 'u32',
    epsilon: 'f32',
  },
  bindings: [
    { name: 'vectors', access: 'read_write', type: 'f32' },
    { name: 'parameters', access: 'read', type: 'f32' },
  ],
  body: /* wgsl */ `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) id: u32) {
  let r = group.z;
  let c = 64u * group.x + id;
  if (c >= u.channels) { return; }
  let p = r * u.parameterStride;
  let s = r * u.vectorStride;
  let at = r * u.vectorStride + u.affine + c;
  var scale = 1.0;
  var shift = parameters[p + u.beta + c];
  if (u.gamma != 0xffffffffu) {
    scale = parameters[p + u.gamma + c] / sqrt(vectors[s + u.runningVariance + c] + u.epsilon);
    shift -= vectors[s + u.runningMean + c] * scale;
  }
  vectors[at] = scale;
  vectors[at + u.channels] = shift;
}
`,
});

export function batchNorm<Ref>(call: BatchNormCall, places: Places<Ref>): Dispatch<Ref> {
  const { rows, channels, epsilon, momentum } = call;
  const statistics = places.sums(call.statistics);
  const pieces = Math.ceil(rows / 64);
  const lanes = lanesFor(pieces);
  return batchNormKernel.dispatch(
    [statistics.ref, places.vectors, places.parameters, places.flags],
    {
      rows,
      channels,
      pieces,
      lanes,
      statistics: statistics.offset,
      vectorStride: places.vectorStride,
      affine: places.vector(call.affine),
      saved: places.vector(call.saved),
      parameterStride: places.parameterStride,
      gamma: places.parameter(call.gamma),
      beta: places.parameter(call.beta),
      runningMean: places.statistic(call.runningMean),
      runningVariance: places.statistic(call.runningVariance),
      epsilon,
      momentum,
    },
    [Math.ceil((channels * lanes) / 256), 1, places.replicas],
  );
}

export function batchNormGradient<Ref>(call: BatchNormGradientCall, places: Places<Ref>): Dispatch<Ref> {
  const { rows, channels } = call;
  const sums = places.sums(call.sums);
  const gamma = places.partials(call.gamma, 1);
  const beta = places.partials(call.beta, 1);
  if (gamma.ref !== beta.ref) throw new Error('gradients of gamma and beta lie in two buffers');
  const pieces = Math.ceil(rows / 64);
  const lanes = lanesFor(pieces);
  const arrays = [sums.ref, places.vectors, places.parameters, gamma.ref];
  const uniforms = {
    rows,
    channels,
    pieces,
    sums: sums.offset,
    pieceStride: 2 * channels,
    lanes,
    vectorStride: places.vectorStride,
    saved: places.vector(call.saved),
    coefficients: places.vector(call.coefficients),
    parameterStride: places.parameterStride,
    gamma: places.parameter(call.gamma),
    gammaStride: gamma.stride,
    gammaOffset: gamma.offset,
    betaOffset: beta.offset,
  };
  const groups = [Math.ceil((channels * lanes) / 256), 1, places.replicas] as const;
  if (sums.largest === null) return gradientKernel.dispatch(arrays, uniforms, groups);
  const { offset, slots, bounds } = sums.largest;
  return boundedGradientKernel.dispatch(
    arrays,
    { ...uniforms, largest: offset, slots, bounds: bounds.offset },
    groups,
  );
}

/** The gradient of a bias from sums per piece, or (`dz` given) from the gradient's rows themselves. */
export function biasGradient<Ref>(
  call: BiasGradientCall,
  places: Places<Ref>,
  dz: Ref | null,
): Dispatch<Ref> {
  const { rows, channels } = call;
  const partials = places.partials(call.bias, 1);
  const sums = dz === null ? places.sums(call.sums) : { ref: dz, offset: 0 };
  const pieces = dz === null ? Math.ceil(rows / 64) : rows;
  const lanes = lanesFor(pieces);
  return gradientKernel.dispatch(
    [sums.ref, places.vectors, places.parameters, partials.ref],
    {
      rows,
      channels,
      pieces,
      sums: sums.offset,
      pieceStride: dz === null ? 2 * channels : channels,
      lanes,
      vectorStride: places.vectorStride,
      saved: none,
      coefficients: none,
      parameterStride: places.parameterStride,
      gamma: 0,
      gammaStride: partials.stride,
      gammaOffset: 0,
      betaOffset: partials.offset,
    },
    [Math.ceil((channels * lanes) / 256), 1, places.replicas],
  );
}

/** Affine of evaluation mode, or of a bias. */
export function affine<Ref>(call: BatchNormEvaluateCall | BiasCall, places: Places<Ref>): Dispatch<Ref> {
  const { channels } = call;
  const normalized = call.kernel === 'batchNormEvaluate';
  return affineKernel.dispatch(
    [places.vectors, places.parameters],
    {
      channels,
      vectorStride: places.vectorStride,
      affine: places.vector(call.affine),
      parameterStride: places.parameterStride,
      gamma: normalized ? places.parameter(call.gamma) : none,
      beta: places.parameter(normalized ? call.beta : call.bias),
      runningMean: normalized ? places.statistic(call.runningMean) : 0,
      runningVariance: normalized ? places.statistic(call.runningVariance) : 0,
      epsilon: normalized ? call.epsilon : 0,
    },
    [Math.ceil(channels / 64), 1, places.replicas],
  );
}
