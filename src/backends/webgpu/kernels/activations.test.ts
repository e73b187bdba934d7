import { afterAll, describe, expect, it } from 'vitest';
import { openRunner } from '../../../../test/support/webgpu.js';
import { activationNames } from '../../../nn/network.js';
import { activations } from '../../reference/activations.js';
import { activationText, noActivation } from './activations.js';

const runner = await openRunner();
afterAll(() => runner?.close());

/** z from -100 to 100, dense around 0 and at the borders of the pieces. */
const zs = Float32Array.from({ length: 1024 }, (_, i) => {
  const t = (i - 512) / 512;
  return i % 4 === 3 ? t * 100 : i % 4 === 2 ? t * 1e-3 : t * 8;
});
zs.set([0, -0, 3, -3, 0.625, -0.625, 0.6249, 13.5]);

function kernel(type: 'f32' | 'vec4f') {
  const suffix = type === 'f32' ? '' : '4';
  return {
    key: `activations ${type}`,
    code: `${activationText(type)}
struct Shape { code: u32, count: u32 }
@group(0) @binding(0) var<uniform> u: Shape;
@group(0) @binding(1) var<storage, read> zs: array<${type}>;
@group(0) @binding(2) var<storage, read_write> values: array<${type}>;
@group(0) @binding(3) var<storage, read_write> derivatives: array<${type}>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= u.count) { return; }
  values[id.x] = activation${suffix}(u.code, zs[id.x]);
  derivatives[id.x] = activationDerivative${suffix}(u.code, zs[id.x]);
}`,
  };
}

describe.skipIf(runner === null).each(['f32', 'vec4f'] as const)('activations in WGSL, %s', (type) => {
  const count = zs.length / (type === 'f32' ? 1 : 4);
  const run = async (code: number) =>
    (await runner?.run({
      kernel: kernel(type),
      uniforms: Uint32Array.of(code, count, 0, 0),
      arrays: [
        { data: zs, write: false },
        { data: new Float32Array(zs.length), write: true },
        { data: new Float32Array(zs.length), write: true },
      ],
      groups: [Math.ceil(count / 64), 1, 1],
    })) as Float32Array[];

  it.each(activationNames)('%s', async (name) => {
    const [values, derivatives] = await run(activationNames.indexOf(name));
    const { value, derivative } = activations[name];
    zs.forEach((z, i) => {
      // A part of the value, and a part of z: for every activation the error of a float32 evaluation.
      const bound = 4e-7 * (Math.abs(value(z)) + 0.1 * Math.min(1, Math.abs(z))) + 1e-30;
      expect(Math.abs(values[i] - value(z)), `${name}(${z}) = ${values[i]}`).toBeLessThanOrEqual(bound);
      expect(
        Math.abs(derivatives[i] - derivative(z)),
        `${name}'(${z}) = ${derivatives[i]}`,
      ).toBeLessThanOrEqual(1e-6);
    });
  });

  it('no activation is the identity', async () => {
    const [values, derivatives] = await run(noActivation);
    expect(values).toEqual(zs);
    expect(derivatives.every((d) => d === 1)).toBe(true);
  });
});
