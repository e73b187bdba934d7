/**
 * The activations in WGSL. Codes are data (index into `activationNames`), so that one pipeline serves every activation:
 * a compiler may round differently in each pipeline. Unknown codes (0xffffffff: no activation) are the identity.
 * The plain forms are in backends/reference/activations.ts and test these.
 */
import { type ActivationName, activationNames } from '../../../nn/network.js';

/** Code of a view without an activation. */
export const noActivation = 0xffffffff;

/** `codeOf(replica)`: the code of the view's activation, which lies in `vectors` (of f32, or of quads: the first of one) as a float. */
export const codeOfText = (quads: boolean): string => `
fn codeOf(replica: u32) -> u32 {
  if (u.slot == ${noActivation}u) { return ${noActivation}u; }
  let at = replica * u.vectorStride + u.slot;
  return u32(${quads ? 'vectors[at / 4u].x' : 'vectors[at]'});
}
`;

export type WgslFloat = 'f32' | 'vec4f';

interface Forms {
  /** Bodies of functions of z; T(x) is a value of all lanes. */
  readonly value: string;
  readonly derivative: string;
}

/**
 * 1/(1+exp(-z)) needs no care but for overflow: exp(88) is finite, and its reciprocal is the smallest that float32
 * keeps. tanh is made of exp, as hardware's tanh is off by a thousand ulp on some adapters.
 */
const helpers = `
fn logistic#(z: T) -> T { return 1.0 / (1.0 + exp(-max(z, T(-87.0)))); }
// Near 0 a polynomial (S. Moshier's Cephes, tanhf), else 1 - 2 / (exp(2|z|) + 1).
fn tangent#(z: T) -> T {
  let s = z * z;
  let small = ((((-5.70498872745e-3 * s + 2.06390887954e-2) * s - 5.37397155531e-2) * s + 1.33314422036e-1) * s - 3.33332819422e-1) * s * z + z;
  let large = 1.0 - 2.0 / (exp(min(2.0 * abs(z), T(80.0))) + 1.0);
  return select(sign(z) * large, small, abs(z) < T(0.625));
}
// Distribution function of the standard normal: half of erfc(|z| / sqrt 2) after Press et al., Numerical Recipes,
// erfcc (relative error below 1.2e-7), mirrored for z > 0.
fn normalBelow#(z: T) -> T {
  let x = min(abs(z) * 0.70710678118654752, T(10.0));
  let t = 1.0 / (1.0 + 0.5 * x);
  let p = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807
    + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  let below = 0.5 * t * exp(p - x * x);
  return select(below, 1.0 - below, z > T(0.0));
}`;

const forms: Readonly<Record<ActivationName, Forms | null>> = {
  identity: null,
  // Not max(z, 0): where the compiler lets a NaN through, select keeps it.
  relu: {
    value: 'return select(z, T(0.0), z < T(0.0));',
    derivative: 'return select(T(0.0), T(1.0), z > T(0.0));',
  },
  sigmoid: {
    value: 'return logistic#(z);',
    derivative: 'return logistic#(z) * logistic#(-z);',
  },
  tanh: {
    value: 'return tangent#(z);',
    derivative: 'let e = exp(-2.0 * min(abs(z), T(40.0))); let s = 1.0 + e; return 4.0 * e / (s * s);',
  },
  leakyRelu: {
    value: 'return select(0.01 * z, z, z > T(0.0));',
    derivative: 'return select(T(0.01), T(1.0), z > T(0.0));',
  },
  // exp(z) - 1 = tanh(z/2) * (exp(z) + 1), which loses nothing near 0.
  elu: {
    value: 'let n = min(z, T(0.0)); return select(tangent#(0.5 * n) * (exp(n) + 1.0), z, z > T(0.0));',
    derivative: 'return select(exp(min(z, T(0.0))), T(1.0), z > T(0.0));',
  },
  gelu: {
    value: 'return z * normalBelow#(z);',
    derivative:
      'let b = clamp(z, T(-13.0), T(13.0)); return normalBelow#(z) + b * 0.39894228040143268 * exp(-0.5 * b * b);',
  },
  silu: {
    value: 'return z * logistic#(z);',
    derivative: 'let s = logistic#(z); return s * (1.0 + z * logistic#(-z));',
  },
  hardSwish: {
    value: 'return z * clamp(z + 3.0, T(0.0), T(6.0)) * 0.16666666666666667;',
    derivative:
      'let inner = z * 0.33333333333333333 + 0.5; return select(select(inner, T(1.0), z > T(3.0)), T(0.0), z < T(-3.0));',
  },
};

/**
 * WGSL functions `activation(code: u32, z: T) -> T` and `activationDerivative(code: u32, z: T) -> T` (by z), for T
 * `f32`, or with the suffix 4 for T `vec4f`.
 */
export function activationText(type: WgslFloat): string {
  const suffix = type === 'vec4f' ? '4' : '';
  const cases = (part: keyof Forms): string =>
    activationNames
      .map((name, code) => ({ form: forms[name], code }))
      .filter(({ form }) => form !== null)
      .map(({ form, code }) => `    case ${code}u: { ${form?.[part]} }`)
      .join('\n');
  const text = `${helpers}
fn activation#(code: u32, z: T) -> T {
  switch code {
${cases('value')}
    default: { return z; }
  }
}
fn activationDerivative#(code: u32, z: T) -> T {
  switch code {
${cases('derivative')}
    default: { return T(1.0); }
  }
}
`;
  return text.replace(/\bT\b/g, type).replaceAll('#', suffix);
}

/**
 * `slopeBelow(code) -> f32`: the slope below 0 of the activations that are max(z, slope * z), and 2 for the others. A
 * kernel that applies an activation at many places in its text branches on it: the quick form is inlined everywhere,
 * the switch is not.
 */
export const slopeText = `
fn slopeBelow(code: u32) -> f32 {
  switch code {
    case ${activationNames.indexOf('identity')}u, 0xffffffffu: { return 1.0; }
    case ${activationNames.indexOf('relu')}u: { return 0.0; }
    case ${activationNames.indexOf('leakyRelu')}u: { return 0.01; }
    default: { return 2.0; }
  }
}
`;
