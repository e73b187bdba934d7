/** The small kernels: loss, images, optimizer. */
import { GatherArgs, Hyper, OPTIMIZER_SGD, OPTIMIZER_ADAM, SoftmaxCrossEntropyArgs, UPDATE_CHUNK as CHUNK, UpdateArgs } from './abi';
import { splat } from './vector';
import { codeOf, storeFirst, viewed } from './views';

// @ts-ignore: decorator
@inline function at(base: usize, i: i32): f64 {
  return <f64>load<f32>(base + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline function put(base: usize, i: i32, x: f64): void {
  store<f32>(base + (<usize>i << 2), <f32>x);
}

/** Softmax cross-entropy in float64. Units: examples. */
export function softmaxCrossEntropy(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<SoftmaxCrossEntropyArgs>(args);
  const K = a.classes;
  const count = load<i32>(a.count);
  const code = codeOf(a.view);
  for (let n = from; n < to; n++) {
    const z = a.logits + (<usize>(n * K) << 2);
    for (let k: usize = 0; k < <usize>K; k += 4) {
      const v = viewed(a.view.raw, a.view.affine, code, <usize>(n * K) + k, k, K);
      storeFirst(z + (k << 2), v, <i32>min<usize>(4, <usize>K - k));
    }
    let best = 0;
    for (let k = 1; k < K; k++) if (at(z, k) > at(z, best)) best = k;
    store<i32>(a.predicted + (<usize>n << 2), best);
    const out = a.gradient + (<usize>(n * K) << 2);
    if (n >= count) {
      store<f32>(a.losses + (<usize>n << 2), 0);
      if (a.gradient) memory.fill(out, 0, <usize>K << 2);
      continue;
    }
    const largest = at(z, best);
    let sum: f64 = 0;
    for (let k = 0; k < K; k++) sum += NativeMath.exp(at(z, k) - largest);
    const label = load<i32>(a.labels + (<usize>n << 2));
    put(a.losses, n, NativeMath.log(sum) + largest - at(z, label));
    if (!a.gradient) continue;
    for (let k = 0; k < K; k++) {
      const share = NativeMath.exp(at(z, k) - largest) / sum;
      put(out, k, (share - (k == label ? 1 : 0)) / <f64>count);
    }
  }
}

/** Crop, flip, normalize. Units: images. */
export function gather(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<GatherArgs>(args);
  const size = a.channels * a.height * a.width;
  const count = load<i32>(a.count);
  for (let n = from; n < to; n++) {
    let out = a.output + (<usize>(n * size) << 2);
    if (n >= count) {
      memory.fill(out, 0, <usize>size << 2);
      continue;
    }
    const draw = a.draws + <usize>n * 12;
    const dy = load<i32>(draw);
    const dx = load<i32>(draw, 4);
    const flip = load<i32>(draw, 8);
    const image = a.bytes + <usize>(n * size);
    for (let y = 0; y < a.height; y++) {
      const fromY = y + dy;
      for (let x = 0; x < a.width; x++) {
        const fromX = (flip ? a.width - 1 - x : x) + dx;
        const inside = fromY >= 0 && fromY < a.height && fromX >= 0 && fromX < a.width;
        for (let c = 0; c < a.channels; c++, out += 4) {
          const byte = inside ? <usize>load<u8>(image + <usize>((c * a.height + fromY) * a.width + fromX)) : 0;
          store<f32>(out, load<f32>(a.table + ((<usize>c * 256 + byte) << 2)));
        }
      }
    }
  }
}

/** One step of the optimizer. Units: chunks of 4096 elements; the arrays are padded to four. */
export function update(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<UpdateArgs>(args);
  const h = a.hyper;
  const end = min(a.elements, to * CHUNK);
  for (let i = from * CHUNK; i < end; i += 4) {
    const o = <usize>i << 2;
    if (h.optimizer == OPTIMIZER_SGD) sgd(a, h, o);
    else adam(a, h, o);
  }
}

// @ts-ignore: decorator
@inline function sgd(a: UpdateArgs, h: Hyper, o: usize): void {
  const w = v128.load(a.parameters + o);
  const g = f32x4.add(v128.load(a.gradients + o), f32x4.mul(splat(h.weightDecay), w));
  let d = g;
  if (h.momentum != 0) {
    const old = f32x4.mul(splat(h.momentum), v128.load(a.first + o));
    const v = h.firstStep ? g : f32x4.add(old, f32x4.mul(splat(h.fresh), g));
    v128.store(a.first + o, v);
    d = h.nesterov ? f32x4.add(g, f32x4.mul(splat(h.momentum), v)) : v;
  }
  v128.store(a.parameters + o, f32x4.sub(w, f32x4.mul(splat(h.learningRate), d)));
}

// @ts-ignore: decorator
@inline function adam(a: UpdateArgs, h: Hyper, o: usize): void {
  let w = v128.load(a.parameters + o);
  let g = v128.load(a.gradients + o);
  if (h.optimizer == OPTIMIZER_ADAM) g = f32x4.add(g, f32x4.mul(splat(h.weightDecay), w));
  else w = f32x4.mul(w, splat(1 - h.learningRate * h.weightDecay));
  const m = f32x4.add(f32x4.mul(splat(h.beta1), v128.load(a.first + o)), f32x4.mul(splat(1 - h.beta1), g));
  const gg = f32x4.mul(f32x4.mul(splat(1 - h.beta2), g), g);
  const v = f32x4.add(f32x4.mul(splat(h.beta2), v128.load(a.second + o)), gg);
  v128.store(a.first + o, m);
  v128.store(a.second + o, v);
  const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, splat(h.adamScale))), splat(h.epsilon));
  v128.store(a.parameters + o, f32x4.sub(w, f32x4.mul(splat(h.adamRate), f32x4.div(m, root))));
}
