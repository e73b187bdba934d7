/** Activations as PyTorch has them: v = value(z), and dv/dz at z. */
import { erf } from '../../base/erf.js';
import type { ActivationName } from '../../nn/network.js';

export interface Activation {
  readonly value: (z: number) => number;
  readonly derivative: (z: number) => number;
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
/** Distribution function and density of the standard normal. */
const normalBelow = (z: number): number => 0.5 * (1 + erf(z / Math.SQRT2));
const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

export const activations: Readonly<Record<ActivationName, Activation>> = {
  identity: { value: (z) => z, derivative: () => 1 },
  relu: { value: (z) => Math.max(z, 0), derivative: (z) => (z > 0 ? 1 : 0) },
  sigmoid: { value: sigmoid, derivative: (z) => sigmoid(z) * (1 - sigmoid(z)) },
  tanh: { value: Math.tanh, derivative: (z) => 1 - Math.tanh(z) ** 2 },
  leakyRelu: { value: (z) => (z > 0 ? z : 0.01 * z), derivative: (z) => (z > 0 ? 1 : 0.01) },
  elu: { value: (z) => (z > 0 ? z : Math.expm1(z)), derivative: (z) => (z > 0 ? 1 : Math.exp(z)) },
  gelu: {
    value: (z) => z * normalBelow(z),
    derivative: (z) => normalBelow(z) + z * normalDensity(z),
  },
  silu: {
    value: (z) => z * sigmoid(z),
    derivative: (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z))),
  },
  hardSwish: {
    value: (z) => (z * Math.min(Math.max(z + 3, 0), 6)) / 6,
    derivative: (z) => (z < -3 ? 0 : z <= 3 ? z / 3 + 0.5 : 1),
  },
};
