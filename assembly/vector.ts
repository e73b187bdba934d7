/** Vector primitives. `madd` is fused where the variant is compiled with relaxed SIMD. */
import {
  ACTIVATION_ELU, ACTIVATION_GELU, ACTIVATION_IDENTITY, ACTIVATION_LEAKY_RELU, ACTIVATION_RELU, ACTIVATION_SIGMOID, ACTIVATION_SILU,
  ACTIVATION_TANH,
} from './abi';

/** As many zeros as the largest tile has values: 6 x 16. */
export const ZEROS: usize = memory.data(384, 64);

// @ts-ignore: decorator
@inline export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

// @ts-ignore: decorator
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** e^x: Cody and Waite reduction, then the polynomial of Cephes' expf (relative error about 1e-7). */
export function exp4(x: v128): v128 {
  let z = f32x4.max(f32x4.min(x, splat(88.3762626647949)), splat(-87.3365478515625));
  const n = f32x4.nearest(f32x4.mul(z, splat(1.44269504088896341)));
  z = f32x4.sub(z, f32x4.mul(n, splat(0.693359375)));
  z = f32x4.sub(z, f32x4.mul(n, splat(-2.12194440e-4)));
  let p = splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, z), splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, z), splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, z), splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, z), splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, z), splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(z, z), p), z), splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

// @ts-ignore: decorator
@inline function sigmoid4(z: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp4(f32x4.neg(z))));
}

/** tanh: the rational approximation of Eigen's fast math (a few units in the last place). */
function tanh4(z: v128): v128 {
  const x = f32x4.max(f32x4.min(z, splat(7.90531110763549805)), splat(-7.90531110763549805));
  const s = f32x4.mul(x, x);
  let p = madd(s, splat(-2.76076847742355e-16), splat(2.00018790482477e-13));
  p = madd(s, p, splat(-8.60467152213735e-11));
  p = madd(s, p, splat(5.12229709037114e-8));
  p = madd(s, p, splat(1.48572235717979e-5));
  p = madd(s, p, splat(6.37261928875436e-4));
  p = madd(s, p, splat(4.89352455891786e-3));
  let q = madd(s, splat(1.19825839466702e-6), splat(1.18534705686654e-4));
  q = madd(s, q, splat(2.268434632439e-3));
  q = madd(s, q, splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** erf: the rational approximation of Eigen's fast math; 1 beyond 4. */
function erf4(z: v128): v128 {
  const x = f32x4.max(f32x4.min(z, splat(4)), splat(-4));
  const s = f32x4.mul(x, x);
  let p = madd(s, splat(-2.72614225801306e-10), splat(2.77068142495902e-8));
  p = madd(s, p, splat(-2.10102402082508e-6));
  p = madd(s, p, splat(-5.69250639462346e-5));
  p = madd(s, p, splat(-7.34990630326855e-4));
  p = madd(s, p, splat(-2.95459980854025e-3));
  p = madd(s, p, splat(-1.60960333262415e-2));
  let q = madd(s, splat(-1.45660718464996e-5), splat(-2.13374055278905e-4));
  q = madd(s, q, splat(-1.68282697438203e-3));
  q = madd(s, q, splat(-7.37332916720468e-3));
  q = madd(s, q, splat(-1.42647390514189e-2));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** e^z - 1 for z <= 0 without cancellation: 2t / (1 - t) with t = tanh(z / 2). */
function expm1Negative(z: v128): v128 {
  const t = tanh4(f32x4.mul(z, splat(0.5)));
  return f32x4.div(f32x4.add(t, t), f32x4.sub(splat(1), t));
}

function actSlow(z: v128, code: i32): v128 {
  if (code == ACTIVATION_SIGMOID) return sigmoid4(z);
  if (code == ACTIVATION_TANH) return tanh4(z);
  const positive = f32x4.gt(z, splat(0));
  if (code == ACTIVATION_LEAKY_RELU) return v128.bitselect(z, f32x4.mul(z, splat(0.01)), positive);
  if (code == ACTIVATION_ELU) return v128.bitselect(z, expm1Negative(f32x4.min(z, splat(0))), positive);
  if (code == ACTIVATION_GELU) {
    const e = erf4(f32x4.mul(z, splat(0.7071067811865476)));
    return f32x4.mul(f32x4.mul(splat(0.5), z), f32x4.add(splat(1), e));
  }
  if (code == ACTIVATION_SILU) return f32x4.mul(z, sigmoid4(z));
  // hard-swish: z * relu6(z + 3) / 6
  const gate = f32x4.min(f32x4.max(f32x4.add(z, splat(3)), splat(0)), splat(6));
  return f32x4.div(f32x4.mul(z, gate), splat(6));
}

/** act(z). The largest of z and 0 is taken so that NaN stays NaN: a diverged run must be seen. */
// @ts-ignore: decorator
@inline export function act(z: v128, code: i32): v128 {
  if (code == ACTIVATION_RELU) return f32x4.pmax(z, splat(0));
  if (code == ACTIVATION_IDENTITY) return z;
  return actSlow(z, code);
}

function gradSlow(z: v128, d: v128, code: i32): v128 {
  const one = splat(1);
  if (code == ACTIVATION_SIGMOID) {
    const s = sigmoid4(z);
    return f32x4.mul(d, f32x4.mul(s, f32x4.sub(one, s)));
  }
  if (code == ACTIVATION_TANH) {
    const t = tanh4(z);
    return f32x4.mul(d, f32x4.sub(one, f32x4.mul(t, t)));
  }
  const positive = f32x4.gt(z, splat(0));
  if (code == ACTIVATION_LEAKY_RELU) return v128.bitselect(d, f32x4.mul(d, splat(0.01)), positive);
  if (code == ACTIVATION_ELU) return v128.bitselect(d, f32x4.mul(d, exp4(f32x4.min(z, splat(0)))), positive);
  if (code == ACTIVATION_GELU) {
    const e = erf4(f32x4.mul(z, splat(0.7071067811865476)));
    const density = f32x4.mul(splat(0.3989422804014327), exp4(f32x4.mul(splat(-0.5), f32x4.mul(z, z))));
    return f32x4.mul(d, f32x4.add(f32x4.mul(splat(0.5), f32x4.add(one, e)), f32x4.mul(z, density)));
  }
  if (code == ACTIVATION_SILU) {
    const s = sigmoid4(z);
    return f32x4.mul(d, f32x4.mul(s, f32x4.add(one, f32x4.mul(z, f32x4.sub(one, s)))));
  }
  // hard-swish: 0 up to -3, 1 from 3 on, (2z + 3) / 6 between
  const middle = f32x4.div(f32x4.add(f32x4.add(z, z), splat(3)), splat(6));
  const inner = v128.bitselect(middle, splat(0), f32x4.gt(z, splat(-3)));
  return f32x4.mul(d, v128.bitselect(one, inner, f32x4.ge(z, splat(3))));
}

/** d * act'(z). */
// @ts-ignore: decorator
@inline export function actGradient(z: v128, d: v128, code: i32): v128 {
  if (code == ACTIVATION_RELU) return v128.and(d, f32x4.gt(z, splat(0)));
  if (code == ACTIVATION_IDENTITY) return d;
  return gradSlow(z, d, code);
}
