/** Parts of WGSL text that kernels share: the uniform block, views, activations, tests of bits. */
import type { Dispatch, Kernel } from './kernel.js';

export type UniformFields = Readonly<Record<string, 'u32' | 'i32' | 'f32'>>;

export interface Binding {
  readonly name: string;
  readonly access: 'read' | 'read_write';
  /** The elements: `f32`, `u32`, `vec4f`, `atomic<u32>`. */
  readonly type: string;
}

export interface KernelSource<F extends UniformFields> {
  readonly key: string;
  readonly uniforms: F;
  readonly bindings: readonly Binding[];
  /** Functions and the entry point `main`. */
  readonly body: string;
}

/** A kernel with its uniforms `u` and its bindings declared, and a way to pack a dispatch of it. */
export interface DeclaredKernel<F extends UniformFields> {
  readonly kernel: Kernel;
  dispatch<Ref>(
    bindings: readonly Ref[],
    uniforms: { readonly [K in keyof F]: number },
    groups: Dispatch<Ref>['groups'],
  ): Dispatch<Ref>;
}

export function declareKernel<F extends UniformFields>(source: KernelSource<F>): DeclaredKernel<F> {
  const fields = Object.entries(source.uniforms);
  const code = [
    `struct Uniforms {\n${fields.map(([name, type]) => `  ${name}: ${type},`).join('\n')}\n}`,
    '@group(0) @binding(0) var<uniform> u: Uniforms;',
    ...source.bindings.map(
      ({ name, access, type }, i) =>
        `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${type}>;`,
    ),
    source.body,
  ].join('\n');
  const kernel = { key: source.key, code };
  return {
    kernel,
    dispatch: (bindings, uniforms, groups) => {
      if (bindings.length !== source.bindings.length)
        throw new Error(`${source.key}: wrong number of bindings`);
      return { kernel, bindings, uniforms: pack(source.uniforms, uniforms), groups };
    },
  };
}

function pack(fields: UniformFields, values: Readonly<Record<string, number>>): Uint32Array {
  const names = Object.keys(fields);
  const words = new Uint32Array(Math.ceil(names.length / 4) * 4);
  const floats = new Float32Array(words.buffer);
  names.forEach((name, i) => {
    if (fields[name] === 'f32') floats[i] = values[name];
    else words[i] = values[name];
  });
  return words;
}

/** Whether a float is an infinity or no number, by its bits: compilers assume that there are none. */
export const bitTests = /* wgsl */ `
fn isBad(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
`;

/**
 * Activations by code (index into activationNames) and d * act'(z). tanh and erf are the rational approximations of
 * Eigen's fast math (a few units in the last place): adapters' own tanh is off by up to a thousand.
 */
export const activationFunctions = /* wgsl */ `
const NONE = 0xffffffffu;
fn sigmoidOf(z: f32) -> f32 { return 1.0 / (1.0 + exp(-z)); }
fn tanhOf(z: f32) -> f32 {
  let x = clamp(z, -7.90531110763549805, 7.90531110763549805);
  let s = x * x;
  var p = s * -2.76076847742355e-16 + 2.00018790482477e-13;
  p = s * p + -8.60467152213735e-11;
  p = s * p + 5.12229709037114e-8;
  p = s * p + 1.48572235717979e-5;
  p = s * p + 6.37261928875436e-4;
  p = s * p + 4.89352455891786e-3;
  var q = s * 1.19825839466702e-6 + 1.18534705686654e-4;
  q = s * q + 2.268434632439e-3;
  q = s * q + 4.89352518554385e-3;
  return (x * p) / q;
}
fn erfOf(z: f32) -> f32 {
  let x = clamp(z, -4.0, 4.0);
  let s = x * x;
  var p = s * -2.72614225801306e-10 + 2.77068142495902e-8;
  p = s * p + -2.10102402082508e-6;
  p = s * p + -5.69250639462346e-5;
  p = s * p + -7.34990630326855e-4;
  p = s * p + -2.95459980854025e-3;
  p = s * p + -1.60960333262415e-2;
  var q = s * -1.45660718464996e-5 + -2.13374055278905e-4;
  q = s * q + -1.68282697438203e-3;
  q = s * q + -7.37332916720468e-3;
  q = s * q + -1.42647390514189e-2;
  return (x * p) / q;
}
fn eluOf(z: f32) -> f32 {
  if (z > 0.0) { return z; }
  let t = tanhOf(0.5 * z);
  return select((t + t) / (1.0 - t), exp(z) - 1.0, z < -8.0);
}
fn act(z: f32, code: u32) -> f32 {
  switch (code) {
    case 0u: { return z; }
    case 1u: { return max(z, 0.0); }
    case 2u: { return sigmoidOf(z); }
    case 3u: { return tanhOf(z); }
    case 4u: { return select(0.01 * z, z, z > 0.0); }
    case 5u: { return eluOf(z); }
    case 6u: { return 0.5 * z * (1.0 + erfOf(z * 0.7071067811865476)); }
    case 7u: { return z * sigmoidOf(z); }
    default: { return z * clamp(z + 3.0, 0.0, 6.0) / 6.0; }
  }
}
fn actGradient(z: f32, d: f32, code: u32) -> f32 {
  switch (code) {
    case 0u: { return d; }
    case 1u: { return select(0.0, d, z > 0.0); }
    case 2u: { let s = sigmoidOf(z); return d * (s * (1.0 - s)); }
    case 3u: { let t = tanhOf(z); return d * (1.0 - t * t); }
    case 4u: { return select(0.01 * d, d, z > 0.0); }
    case 5u: { return select(d * exp(min(z, 0.0)), d, z > 0.0); }
    case 6u: {
      let e = 1.0 + erfOf(z * 0.7071067811865476);
      return d * (0.5 * e + z * (0.3989422804014327 * exp(-0.5 * z * z)));
    }
    case 7u: { let s = sigmoidOf(z); return d * (s * (1.0 + z * (1.0 - s))); }
    default: {
      if (z < -3.0) { return 0.0; }
      return select(d, d * ((z + z + 3.0) / 6.0), z <= 3.0);
    }
  }
}
`;
