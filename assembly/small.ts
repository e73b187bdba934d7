/** The small kernels: pooling, loss, images, optimizer. */
import { splat } from './vector';
import { finishColumns, finishLine } from './finish';
import { codeOf, GradView, gradient, Room, storeFirst, Target, View, viewed } from './views';

// @ts-ignore: decorator
@inline function at(base: usize, i: i32): f64 {
  return <f64>load<f32>(base + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline function put(base: usize, i: i32, x: f64): void {
  store<f32>(base + (<usize>i << 2), <f32>x);
}

@unmanaged class PoolArgs {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  channels: i32;
  size: i32;
  view: View;
  output: usize;
  gradient: GradView;
  target: Target;
  /** Images per unit of the gradient. */
  group: i32;
  room: Room;
}

/** Units: images. */
export function averagePool(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<PoolArgs>(args);
  const C = <usize>a.channels;
  const code = codeOf(a.view);
  const share = splat(1 / <f32>(a.size * a.size));
  const height = a.inHeight / a.size;
  const width = a.inWidth / a.size;
  for (let n = from; n < to; n++) {
    for (let p = 0; p < height * width; p++) {
      const y = (p / width) * a.size;
      const x = (p % width) * a.size;
      const out = a.output + ((<usize>(n * height * width + p) * C) << 2);
      for (let c: usize = 0; c < C; c += 4) {
        let sum = splat(0);
        for (let i = 0; i < a.size * a.size; i++) {
          const s = (n * a.inHeight + y + i / a.size) * a.inWidth + x + (i % a.size);
          sum = f32x4.add(sum, viewed(a.view.raw, a.view.affine, code, <usize>s * C + c, c, C));
        }
        storeFirst(out + (c << 2), f32x4.mul(sum, share), <i32>min<usize>(4, C - c));
      }
    }
  }
}

/** Units: groups of images whose input rows are whole pieces. */
export function averagePoolGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<PoolArgs>(args);
  const C = <usize>a.channels;
  const share = splat(1 / <f32>(a.size * a.size));
  const pixels = a.inHeight * a.inWidth;
  const width = a.inWidth / a.size;
  const C4 = (C + 3) & ~3;
  const dv = a.room.base + <usize>thread * a.room.size;
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group * pixels;
    const last = min((unit + 1) * a.group, a.batch) * pixels;
    for (let r0 = first; r0 < last; r0 += 64) {
      const rows = min(64, last - r0);
      for (let i = 0; i < rows; i++) {
        const s = r0 + i;
        const y = ((s / a.inWidth) % a.inHeight) / a.size;
        const x = (s % a.inWidth) / a.size;
        const r = ((s / pixels) * (a.inHeight / a.size) + y) * width + x;
        for (let c: usize = 0; c < C; c += 4) {
          const d = f32x4.mul(gradient(a.gradient, <usize>r * C + c, c, C), share);
          v128.store(dv + ((<usize>i * C4 + c) << 2), d);
        }
      }
      let c: usize = 0;
      for (; c + 16 <= C; c += 16) finishLine(a.target, dv + (c << 2), 16, 32, 48, C4 << 2, r0, rows, c, C, r0 / 64);
      for (; c < C; c += 4) finishColumns(a.target, dv + (c << 2), C4 << 2, r0, rows, c, C, r0 / 64);
    }
  }
}

@unmanaged class LossArgs {
  classes: i32;
  /** Address of the batch's count. */
  count: usize;
  labels: usize;
  view: View;
  logits: usize;
  losses: usize;
  predicted: usize;
  gradient: usize;
}

/** Softmax cross-entropy in float64. Units: examples. */
export function softmaxCrossEntropy(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<LossArgs>(args);
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

@unmanaged class GatherArgs {
  channels: i32;
  height: i32;
  width: i32;
  count: usize;
  /** Bytes of the batch's images, planar. */
  bytes: usize;
  /** int32 [batch, 3]: shift in rows, in columns, flip. */
  draws: usize;
  /** float32 [channels, 256]: normalized value of each byte. */
  table: usize;
  output: usize;
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

@unmanaged class UpdateArgs {
  elements: i32;
  parameters: usize;
  gradients: usize;
  first: usize;
  second: usize;
  /** Address of the step's hyperparameters, in this order. */
  hyper: usize;
}

@unmanaged class Hyper {
  /** 0: sgd, 1: adam, 2: adamw. */
  optimizer: i32;
  firstStep: i32;
  nesterov: i32;
  learningRate: f32;
  momentum: f32;
  /** 1 - dampening. */
  fresh: f32;
  weightDecay: f32;
  beta1: f32;
  beta2: f32;
  epsilon: f32;
  /** learning rate / (1 - beta1^t). */
  adamRate: f32;
  /** 1 / (1 - beta2^t). */
  adamScale: f32;
}

const CHUNK: i32 = 4096;

/** One step of the optimizer. Units: chunks of 4096 elements; the arrays are padded to four. */
export function update(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<UpdateArgs>(args);
  const h = changetype<Hyper>(a.hyper);
  const end = min(a.elements, to * CHUNK);
  for (let i = from * CHUNK; i < end; i += 4) {
    const o = <usize>i << 2;
    if (h.optimizer == 0) sgd(a, h, o);
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
  if (h.optimizer == 1) g = f32x4.add(g, f32x4.mul(splat(h.weightDecay), w));
  else w = f32x4.mul(w, splat(1 - h.learningRate * h.weightDecay));
  const m = f32x4.add(f32x4.mul(splat(h.beta1), v128.load(a.first + o)), f32x4.mul(splat(1 - h.beta1), g));
  const gg = f32x4.mul(f32x4.mul(splat(1 - h.beta2), g), g);
  const v = f32x4.add(f32x4.mul(splat(h.beta2), v128.load(a.second + o)), gg);
  v128.store(a.first + o, m);
  v128.store(a.second + o, v);
  const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, splat(h.adamScale))), splat(h.epsilon));
  v128.store(a.parameters + o, f32x4.sub(w, f32x4.mul(splat(h.adamRate), f32x4.div(m, root))));
}
