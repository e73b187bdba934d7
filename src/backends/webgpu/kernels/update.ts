/**
 * The optimizer, as PyTorch has it, over all parameters; it adds the partial sums of the gradients on the way. A table
 * cuts the tensors into blocks of 256 / lanes elements, one workgroup each: an element has `lanes` threads that add
 * every lanes-th partial, then a tree. Beside it the sums alone, for gradients that are asked for.
 */
import { type Dispatch, maxGroups } from '../kernel.js';
import type { Places } from '../places.js';
import { headerWords, type StepLayout } from '../stepData.js';
import { bitTests, declareKernel } from '../wgsl.js';

/** A tensor's partial sums, and where its gradient belongs. */
export interface PartialTensor {
  /** Offset in a replica's parameters. */
  readonly parameter: number;
  readonly elements: number;
  /** Offset in a replica's partials. */
  readonly partials: number;
  readonly pieces: number;
}

const blockWords = 6;

/** Blocks [parameter, count, partials, pieces, elements, lanes], and how many of them each tensor has. */
export function blockTable(tensors: readonly PartialTensor[]): {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly blocks: readonly number[];
} {
  const words: number[] = [];
  const blocks = tensors.map(({ parameter, elements, partials, pieces }) => {
    const lanes = Math.min(32, 2 ** Math.max(0, Math.ceil(Math.log2(pieces / 16))));
    const width = 256 / lanes;
    for (let first = 0; first < elements; first += width) {
      const count = Math.min(width, elements - first);
      words.push(parameter + first, count, partials + first, pieces, elements, lanes);
    }
    return Math.ceil(elements / width);
  });
  return { words: Uint32Array.from(words), blocks };
}

const blockSum = /* wgsl */ `
var<workgroup> room: array<f32, 256>;
struct Part { isMine: bool, parameter: u32, sum: f32 }
/** The gradient of this thread's element, valid in its first lane. */
fn blockSum(block: u32, r: u32, id: u32) -> Part {
  let t = ${blockWords}u * block;
  let lanes = table[t + 5u];
  let width = 256u / lanes;
  let lane = id / width;
  let place = id % width;
  let pieces = table[t + 3u];
  let elements = table[t + 4u];
  let isIn = place < table[t + 1u];
  var sum = 0.0;
  if (isIn) {
    let at = r * u.partialStride + table[t + 2u] + place;
    var p = lane;
    // Four loads under way at a time.
    for (; p + 3u * lanes < pieces; p += 4u * lanes) {
      let a = partials[at + p * elements];
      let b = partials[at + (p + lanes) * elements];
      let c = partials[at + (p + 2u * lanes) * elements];
      let d = partials[at + (p + 3u * lanes) * elements];
      sum += (a + b) + (c + d);
    }
    for (; p < pieces; p += lanes) { sum += partials[at + p * elements]; }
  }
  room[id] = sum;
  for (var s = 16u; s > 0u; s >>= 1u) {
    workgroupBarrier();
    if (s < lanes && lane < s) { room[id] += room[id + s * width]; }
  }
  workgroupBarrier();
  return Part(isIn && lane == 0u, table[t] + place, room[id]);
}
`;

const updateKernel = declareKernel({
  key: 'update',
  uniforms: {
    replicas: 'u32',
    blocks: 'u32',
    firstBlock: 'u32',
    partialStride: 'u32',
    parameterStride: 'u32',
    stepStride: 'u32',
    hyper: 'u32',
  },
  bindings: [
    { name: 'table', access: 'read', type: 'u32' },
    { name: 'step', access: 'read', type: 'u32' },
    { name: 'partials', access: 'read', type: 'f32' },
    { name: 'parameters', access: 'read_write', type: 'f32' },
    { name: 'first', access: 'read_write', type: 'f32' },
    { name: 'second', access: 'read_write', type: 'f32' },
    { name: 'flags', access: 'read_write', type: 'atomic<u32>' },
  ],
  body: /* wgsl */ `
${bitTests}${blockSum}
fn hyper(r: u32, i: u32) -> f32 { return bitcast<f32>(step[u.hyper + r * u.stepStride + i]); }
fn sgd(i: u32, r: u32, gradient: f32) -> f32 {
  let w = parameters[i];
  let rate = hyper(r, 3u);
  let momentum = hyper(r, 4u);
  let g = gradient + hyper(r, 6u) * w;
  if (momentum == 0.0) { return w - rate * g; }
  var v = g;
  if (step[u.hyper + r * u.stepStride + 1u] == 0u) { v = momentum * first[i] + hyper(r, 5u) * g; }
  first[i] = v;
  if (step[u.hyper + r * u.stepStride + 2u] == 1u) { return w - rate * (g + momentum * v); }
  return w - rate * v;
}
fn adam(i: u32, r: u32, gradient: f32, decoupled: bool) -> f32 {
  let w = parameters[i];
  let decay = hyper(r, 6u);
  let beta1 = hyper(r, 7u);
  let beta2 = hyper(r, 8u);
  let g = gradient + select(decay * w, 0.0, decoupled);
  let m = beta1 * first[i] + (1.0 - beta1) * g;
  let v = beta2 * second[i] + (1.0 - beta2) * g * g;
  first[i] = m;
  second[i] = v;
  let kept = select(w, w * (1.0 - hyper(r, 3u) * decay), decoupled);
  return kept - hyper(r, 10u) * (m / (sqrt(v * hyper(r, 11u)) + hyper(r, 9u)));
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) id: u32) {
  let r = group.z;
  let block = group.y * grid.x + group.x;
  if (block >= u.blocks) { return; }
  let part = blockSum(u.firstBlock + block, r, id);
  if (!part.isMine) { return; }
  let i = r * u.parameterStride + part.parameter;
  let optimizer = step[u.hyper + r * u.stepStride];
  var w: f32;
  if (optimizer == 0u) { w = sgd(i, r, part.sum); } else { w = adam(i, r, part.sum, optimizer == 2u); }
  parameters[i] = w;
  if (isBad(w) || isBad(part.sum)) { atomicOr(&flags[u.replicas + r], 1u); }
}
`,
});

const gradientSumKernel = declareKernel({
  key: 'gradient sums',
  uniforms: { blocks: 'u32', firstBlock: 'u32', partialStride: 'u32', replica: 'u32' },
  bindings: [
    { name: 'table', access: 'read', type: 'u32' },
    { name: 'partials', access: 'read', type: 'f32' },
    { name: 'gradients', access: 'read_write', type: 'f32' },
    { name: 'squares', access: 'read_write', type: 'f32' },
  ],
  body: /* wgsl */ `
${blockSum}
var<workgroup> roomOfSquares: array<f32, 256>;
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) id: u32) {
  let block = group.y * grid.x + group.x;
  if (block >= u.blocks) { return; }
  let part = blockSum(u.firstBlock + block, u.replica, id);
  if (part.isMine) { gradients[part.parameter] = part.sum; }
  roomOfSquares[id] = select(0.0, part.sum * part.sum, part.isMine);
  for (var s = 128u; s > 0u; s >>= 1u) {
    workgroupBarrier();
    if (id < s) { roomOfSquares[id] += roomOfSquares[id + s]; }
  }
  if (id == 0u) { squares[u.firstBlock + block] = roomOfSquares[0]; }
}
`,
});

/** Tensors whose partial sums lie in one buffer, as a run of blocks of the table. */
export interface BlockRun<Ref> {
  readonly partials: Ref;
  readonly partialStride: number;
  readonly firstBlock: number;
  readonly blocks: number;
}

export interface UpdatePlaces<Ref> {
  readonly table: Ref;
  readonly step: Ref;
  readonly layout: StepLayout;
  readonly moments: readonly [Ref, Ref];
}

export function update<Ref>(run: BlockRun<Ref>, places: Places<Ref>, own: UpdatePlaces<Ref>): Dispatch<Ref> {
  const { blocks, firstBlock, partialStride } = run;
  const { stride, batch } = own.layout;
  return updateKernel.dispatch(
    [own.table, own.step, run.partials, places.parameters, ...own.moments, places.flags],
    {
      replicas: places.replicas,
      blocks,
      firstBlock,
      partialStride,
      parameterStride: places.parameterStride,
      stepStride: stride,
      hyper: headerWords + 3 * batch,
    },
    blockGroups(blocks, places.replicas),
  );
}

export interface GradientSumPlaces<Ref> {
  readonly table: Ref;
  readonly gradients: Ref;
  readonly squares: Ref;
}

/** Gradients of one replica (the uniforms' word `replicaWord`), and the sum of their squares in each block. */
export function gradientSums<Ref>(run: BlockRun<Ref>, own: GradientSumPlaces<Ref>): Dispatch<Ref> {
  const { blocks, firstBlock, partialStride } = run;
  return gradientSumKernel.dispatch(
    [own.table, run.partials, own.gradients, own.squares],
    { blocks, firstBlock, partialStride, replica: 0 },
    blockGroups(blocks, 1),
  );
}

export const replicaWord = 3;

function blockGroups(blocks: number, replicas: number): [number, number, number] {
  const y = Math.ceil(blocks / maxGroups);
  return [Math.ceil(blocks / y), y, replicas];
}
