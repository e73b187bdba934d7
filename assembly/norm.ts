/** The ends of normalization and bias: partial sums -> scales, shifts, coefficients, running statistics. */
import {
  BatchNormArgs, BatchNormEvaluateArgs, BatchNormGradientArgs, BiasArgs, BiasGradientArgs, ColumnSumsArgs, NORM_GROUP as GROUP,
} from './abi';

// @ts-ignore: decorator
@inline function at(base: usize, i: i32): f64 {
  return <f64>load<f32>(base + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline function put(base: usize, i: i32, x: f64): void {
  store<f32>(base + (<usize>i << 2), <f32>x);
}

/** Four float32 as two pairs of float64. */
// @ts-ignore: decorator
@inline function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

// @ts-ignore: decorator
@inline function lane(low: v128, high: v128, i: i32): f64 {
  if (i == 0) return f64x2.extract_lane(low, 0);
  if (i == 1) return f64x2.extract_lane(low, 1);
  if (i == 2) return f64x2.extract_lane(high, 0);
  return f64x2.extract_lane(high, 1);
}

/**
 * Pieces joined as Chan, Golub and LeVeque (1979) do, in float64 and in order: first the mean of all, then the squared
 * deviations of each piece and of its mean. Units: groups of four channels.
 */
export function batchNorm(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<BatchNormArgs>(args);
  const C = a.channels;
  const step = <usize>C << 3;
  const whole = a.rows / 64;
  const rest = <f64>(a.rows - whole * 64);
  const size = f64x2.splat(64);
  const count = f64x2.splat(<f64>a.rows);
  for (let c = from * GROUP; c < min(to * GROUP, C); c += GROUP) {
    const first = a.statistics + (<usize>c << 2);
    let p = first;
    let mean0 = f64x2.splat(0), mean1 = f64x2.splat(0);
    for (let i = 0; i < whole; i++, p += step) {
      const m = v128.load(p);
      mean0 = f64x2.add(mean0, low(m));
      mean1 = f64x2.add(mean1, high(m));
    }
    mean0 = f64x2.mul(mean0, size);
    mean1 = f64x2.mul(mean1, size);
    if (rest > 0) {
      const m = v128.load(p);
      mean0 = f64x2.add(mean0, f64x2.mul(low(m), f64x2.splat(rest)));
      mean1 = f64x2.add(mean1, f64x2.mul(high(m), f64x2.splat(rest)));
    }
    mean0 = f64x2.div(mean0, count);
    mean1 = f64x2.div(mean1, count);
    let within0 = f64x2.splat(0), within1 = f64x2.splat(0), between0 = f64x2.splat(0), between1 = f64x2.splat(0);
    p = first;
    for (let i = 0; i <= whole; i++, p += step) {
      if (i == whole && rest == 0) break;
      const m = v128.load(p);
      const s = v128.load(p + (<usize>C << 2));
      const n = i < whole ? size : f64x2.splat(rest);
      const d0 = f64x2.sub(low(m), mean0);
      const d1 = f64x2.sub(high(m), mean1);
      within0 = f64x2.add(within0, low(s));
      within1 = f64x2.add(within1, high(s));
      between0 = f64x2.add(between0, f64x2.mul(n, f64x2.mul(d0, d0)));
      between1 = f64x2.add(between1, f64x2.mul(n, f64x2.mul(d1, d1)));
    }
    const squares0 = f64x2.add(within0, between0);
    const squares1 = f64x2.add(within1, between1);
    for (let i = 0; i < min(GROUP, C - c); i++) {
      finishNorm(a, c + i, lane(mean0, mean1, i), lane(squares0, squares1, i));
    }
  }
}

function finishNorm(a: BatchNormArgs, c: i32, mean: f64, squares: f64): void {
  const C = a.channels;
  const momentum = <f64>a.momentum;
  const inverse = 1 / Math.sqrt(squares / <f64>a.rows + <f64>a.epsilon);
  const scale = at(a.gamma, c) * inverse;
  put(a.saved, c, mean);
  put(a.saved, C + c, inverse);
  put(a.affine, c, scale);
  put(a.affine, C + c, at(a.beta, c) - mean * scale);
  const m = at(a.runningMean, c);
  const v = at(a.runningVariance, c);
  put(a.runningMean, c, m + momentum * (mean - m));
  put(a.runningVariance, c, v + momentum * (squares / <f64>max(1, a.rows - 1) - v));
}

/** Evaluation mode. Units: groups of four channels. */
export function batchNormEvaluate(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<BatchNormEvaluateArgs>(args);
  for (let c = from * GROUP; c < min(to * GROUP, a.channels); c++) {
    const scale = at(a.gamma, c) / Math.sqrt(at(a.runningVariance, c) + <f64>a.epsilon);
    put(a.affine, c, scale);
    put(a.affine, a.channels + c, at(a.beta, c) - at(a.runningMean, c) * scale);
  }
}

/** dbeta = S1, dgamma = S2 * inverse, coefficients of dY. Units: groups of four channels. */
export function batchNormGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const g = changetype<BatchNormGradientArgs>(args);
  const C = g.channels;
  const pieces = (g.rows + 63) / 64;
  for (let c = from * GROUP; c < min(to * GROUP, C); c += GROUP) {
    let sum0 = f64x2.splat(0), sum1 = f64x2.splat(0), product0 = f64x2.splat(0), product1 = f64x2.splat(0);
    let p = g.sums + (<usize>c << 2);
    for (let i = 0; i < pieces; i++, p += <usize>C << 3) {
      const s = v128.load(p);
      const t = v128.load(p + (<usize>C << 2));
      sum0 = f64x2.add(sum0, low(s));
      sum1 = f64x2.add(sum1, high(s));
      product0 = f64x2.add(product0, low(t));
      product1 = f64x2.add(product1, high(t));
    }
    for (let i = 0; i < min(GROUP, C - c); i++) {
      finishNormGradient(g, c + i, lane(sum0, sum1, i), lane(product0, product1, i));
    }
  }
}

function finishNormGradient(g: BatchNormGradientArgs, c: i32, sum: f64, product: f64): void {
  const C = g.channels;
  const inverse = at(g.saved, C + c);
  const a = at(g.gamma, c) * inverse;
  const b = (-a * inverse * inverse * product) / <f64>g.rows;
  put(g.gammaGradient, c, product * inverse);
  put(g.betaGradient, c, sum);
  put(g.coefficients, c, a);
  put(g.coefficients, C + c, b);
  put(g.coefficients, 2 * C + c, (-a * sum) / <f64>g.rows - b * at(g.saved, c));
}

/** Gradient of a bias. Units: groups of four channels. */
export function biasGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const g = changetype<BiasGradientArgs>(args);
  const C = g.channels;
  const pieces = (g.rows + 63) / 64;
  for (let c = from * GROUP; c < min(to * GROUP, C); c++) {
    let sum: f64 = 0;
    for (let i = 0; i < pieces; i++) sum += at(g.sums, 2 * i * C + c);
    put(g.gradient, c, sum);
  }
}

/** affine = (1, bias). Units: groups of four channels. */
export function bias(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<BiasArgs>(args);
  for (let c = from * GROUP; c < min(to * GROUP, a.channels); c++) {
    put(a.affine, c, 1);
    store<f32>(a.affine + (<usize>(a.channels + c) << 2), load<f32>(a.bias + (<usize>c << 2)));
  }
}

/** Sums per piece of 64 rows. Units: pieces. */
export function columnSums(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<ColumnSumsArgs>(args);
  const C = a.channels;
  for (let piece = from; piece < to; piece++) {
    const last = min(a.rows, 64 * piece + 64);
    for (let c = 0; c < C; c++) {
      let sum: f32 = 0;
      for (let r = 64 * piece; r < last; r++) sum += load<f32>(a.dz + (<usize>(r * C + c) << 2));
      store<f32>(a.sums + (<usize>(2 * piece * C + c) << 2), sum);
      store<f32>(a.sums + (<usize>((2 * piece + 1) * C + c) << 2), 0);
    }
  }
}
