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
fn isBad4(x: vec4f) -> bool {
  return any((bitcast<vec4u>(x) & vec4u(0x7f800000u)) == vec4u(0x7f800000u));
}
`;
