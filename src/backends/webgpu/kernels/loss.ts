/**
 * Softmax cross-entropy of logits [batch, classes]: losses, predictions, logits into the results' slot, and the
 * gradient. One workgroup an example. Whether a loss is finite is read from bits; a bad one is written as the bits of NaN.
 */
import type { SoftmaxCrossEntropyCall } from '../../../compile/program.js';
import type { Dispatch } from '../kernel.js';
import type { Places } from '../places.js';
import type { ResultLayout } from '../results.js';
import { headerWords, type StepLayout } from '../stepData.js';
import { bitTests, declareKernel } from '../wgsl.js';

const lossKernel = declareKernel({
  key: 'softmax cross-entropy',
  uniforms: {
    batch: 'u32',
    classes: 'u32',
    replicas: 'u32',
    vectorStride: 'u32',
    affine: 'u32',
    stepStride: 'u32',
    head: 'u32',
    logits: 'u32',
    gradient: 'u32',
  },
  bindings: [
    { name: 'raw', access: 'read', type: 'f32' },
    { name: 'vectors', access: 'read', type: 'f32' },
    { name: 'step', access: 'read', type: 'u32' },
    { name: 'results', access: 'read_write', type: 'u32' },
    { name: 'gradient', access: 'read_write', type: 'f32' },
    { name: 'flags', access: 'read_write', type: 'atomic<u32>' },
  ],
  body: /* wgsl */ `
${bitTests}
const NONE = 0xffffffffu;
var<workgroup> values: array<f32, 64>;
var<workgroup> places: array<u32, 64>;
var<workgroup> bad: atomic<u32>;
fn logitOf(n: u32, k: u32, r: u32) -> f32 {
  let x = raw[(r * u.batch + n) * u.classes + k];
  if (u.affine == NONE) { return x; }
  let at = r * u.vectorStride + u.affine + k;
  return vectors[at] * x + vectors[at + u.classes];
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) id: vec3u) {
  let r = group.z;
  let row = ${headerWords}u + r * u.stepStride;
  let count = step[0];
  let slot = step[1] * u.head;
  let logits = u.logits + step[1] * u.replicas * u.batch * u.classes;
  if (group.x == 0u && id.x == 0u) {
    results[slot + u.replicas * 2u * u.batch + r] = atomicLoad(&flags[r]);
  }
  for (var n = group.x; n < u.batch; n += grid.x) {
    var most = -3.4028234e38;
    var best = u.classes;
    if (id.x == 0u) { atomicStore(&bad, 0u); }
    workgroupBarrier();
    for (var k = id.x; k < u.classes; k += 64u) {
      let z = logitOf(n, k, r);
      results[logits + (r * u.batch + n) * u.classes + k] = bitcast<u32>(z);
      if (isBad(z)) { atomicOr(&bad, 1u); }
      if (z > most) { most = z; best = k; }
    }
    values[id.x] = most;
    places[id.x] = best;
    for (var s = 32u; s > 0u; s >>= 1u) {
      workgroupBarrier();
      if (id.x < s) {
        let other = values[id.x + s];
        let place = places[id.x + s];
        if (other > values[id.x] || (other == values[id.x] && place < places[id.x])) {
          values[id.x] = other;
          places[id.x] = place;
        }
      }
    }
    workgroupBarrier();
    let largest = values[0];
    let predicted = places[0];
    var sum = 0.0;
    for (var k = id.x; k < u.classes; k += 64u) { sum += exp(logitOf(n, k, r) - largest); }
    workgroupBarrier();
    values[id.x] = sum;
    for (var s = 32u; s > 0u; s >>= 1u) {
      workgroupBarrier();
      if (id.x < s) { values[id.x] += values[id.x + s]; }
    }
    workgroupBarrier();
    let total = values[0];
    let label = step[row + 2u * u.batch + n];
    if (id.x == 0u) {
      let loss = log(total) + (largest - logitOf(n, min(label, u.classes - 1u), r));
      let isLost = isBad(loss) || isBad(total) || atomicLoad(&bad) != 0u;
      let at = slot + 2u * r * u.batch + n;
      results[at] = select(0u, select(bitcast<u32>(loss), 0x7fc00000u, isLost), n < count);
      results[at + u.batch] = select(predicted, 0u, predicted >= u.classes);
    }
    if (u.gradient == 1u) {
      for (var k = id.x; k < u.classes; k += 64u) {
        let share = exp(logitOf(n, k, r) - largest) / total;
        let d = (share - select(0.0, 1.0, k == label)) / f32(count);
        gradient[(r * u.batch + n) * u.classes + k] = select(0.0, d, n < count);
      }
    }
    workgroupBarrier();
  }
}
`,
});

export interface LossPlaces<Ref> {
  readonly step: Ref;
  readonly layout: StepLayout;
  readonly results: Ref;
  readonly resultLayout: ResultLayout;
}

export function softmaxCrossEntropy<Ref>(
  call: SoftmaxCrossEntropyCall,
  places: Places<Ref>,
  own: LossPlaces<Ref>,
): Dispatch<Ref> {
  const { batch, classes, input, gradient } = call;
  return lossKernel.dispatch(
    [
      places.buffer(input.raw),
      places.vectors,
      own.step,
      own.results,
      gradient === null ? places.dummyWrite(0) : places.buffer(gradient),
      places.flags,
    ],
    {
      batch,
      classes,
      replicas: places.replicas,
      vectorStride: places.vectorStride,
      affine: places.vector(input.affine),
      stepStride: own.layout.stride,
      head: own.resultLayout.head,
      logits: own.resultLayout.slots * own.resultLayout.head,
      gradient: gradient === null ? 0 : 1,
    },
    [Math.min(65_535, batch), 1, places.replicas],
  );
}
