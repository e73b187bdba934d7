/** Vector primitives. `madd` is fused where the variant is compiled with relaxed SIMD. */

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

/** tanh: odd polynomial of Cephes' tanhf below 0.625, else from e^2|z|. */
function tanh4(z: v128): v128 {
  const magnitude = f32x4.abs(z);
  const e = exp4(f32x4.add(magnitude, magnitude));
  const large = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))));
  const s = f32x4.mul(z, z);
  let p = splat(-5.70498872745e-3);
  p = f32x4.add(f32x4.mul(p, s), splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, s), splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, s), splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, s), splat(-3.33332819422e-1));
  const small = f32x4.add(f32x4.mul(f32x4.mul(p, s), z), z);
  const sign = v128.and(z, i32x4.splat(0x80000000));
  return v128.bitselect(small, v128.or(large, sign), f32x4.lt(magnitude, splat(0.625)));
}

/** erf: Abramowitz and Stegun 7.1.26, absolute error at most 1.5e-7. */
function erf4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const t = f32x4.div(splat(1), f32x4.add(splat(1), f32x4.mul(splat(0.3275911), magnitude)));
  let p = splat(1.061405429);
  p = f32x4.add(f32x4.mul(p, t), splat(-1.453152027));
  p = f32x4.add(f32x4.mul(p, t), splat(1.421413741));
  p = f32x4.add(f32x4.mul(p, t), splat(-0.284496736));
  p = f32x4.add(f32x4.mul(p, t), splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(p, t), exp4(f32x4.neg(f32x4.mul(x, x))));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.or(f32x4.sub(splat(1), tail), sign);
}

/** Codes of the activations, as the host writes them. */
export const IDENTITY: i32 = 0;
export const RELU: i32 = 1;
const SIGMOID: i32 = 2;
const TANH: i32 = 3;
const LEAKY_RELU: i32 = 4;
const ELU: i32 = 5;
const GELU: i32 = 6;
const SILU: i32 = 7;

function actSlow(z: v128, code: i32): v128 {
  if (code == SIGMOID) return sigmoid4(z);
  if (code == TANH) return tanh4(z);
  const positive = f32x4.gt(z, splat(0));
  if (code == LEAKY_RELU) return v128.bitselect(z, f32x4.mul(z, splat(0.01)), positive);
  if (code == ELU) return v128.bitselect(z, f32x4.sub(exp4(z), splat(1)), positive);
  if (code == GELU) {
    const e = erf4(f32x4.mul(z, splat(0.7071067811865476)));
    return f32x4.mul(f32x4.mul(splat(0.5), z), f32x4.add(splat(1), e));
  }
  if (code == SILU) return f32x4.mul(z, sigmoid4(z));
  // hard-swish: z * relu6(z + 3) / 6
  const gate = f32x4.min(f32x4.max(f32x4.add(z, splat(3)), splat(0)), splat(6));
  return f32x4.div(f32x4.mul(z, gate), splat(6));
}

/** act(z). */
// @ts-ignore: decorator
@inline export function act(z: v128, code: i32): v128 {
  if (code == RELU) return f32x4.max(z, splat(0));
  if (code == IDENTITY) return z;
  return actSlow(z, code);
}

function gradSlow(z: v128, d: v128, code: i32): v128 {
  const one = splat(1);
  if (code == SIGMOID) {
    const s = sigmoid4(z);
    return f32x4.mul(d, f32x4.mul(s, f32x4.sub(one, s)));
  }
  if (code == TANH) {
    const t = tanh4(z);
    return f32x4.mul(d, f32x4.sub(one, f32x4.mul(t, t)));
  }
  const positive = f32x4.gt(z, splat(0));
  if (code == LEAKY_RELU) return v128.bitselect(d, f32x4.mul(d, splat(0.01)), positive);
  if (code == ELU) return v128.bitselect(d, f32x4.mul(d, exp4(z)), positive);
  if (code == GELU) {
    const e = erf4(f32x4.mul(z, splat(0.7071067811865476)));
    const density = f32x4.mul(splat(0.3989422804014327), exp4(f32x4.mul(splat(-0.5), f32x4.mul(z, z))));
    return f32x4.mul(d, f32x4.add(f32x4.mul(splat(0.5), f32x4.add(one, e)), f32x4.mul(z, density)));
  }
  if (code == SILU) {
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
  if (code == RELU) return v128.and(d, f32x4.gt(z, splat(0)));
  if (code == IDENTITY) return d;
  return gradSlow(z, d, code);
}
