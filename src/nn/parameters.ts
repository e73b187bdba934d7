/** What a network's layers hold: trained parameters and running statistics, with PyTorch's names, shapes and order. */
import type { Layer, Network } from './network.js';
import { layerShapes, type MapShape } from './shapes.js';

/** How a parameter starts: uniform in +-bound, or a constant. */
export type InitialValue =
  | { readonly type: 'uniform'; readonly bound: number }
  | { readonly type: 'constant'; readonly value: number };

export interface ParameterDefinition {
  /** PyTorch's name in the state_dict: `layers.0.conv1.weight`. */
  readonly name: string;
  /** Convolution [out, in, k, k] (depthwise [C, 1, k, k]), linear [out, in], others [C]. */
  readonly shape: readonly number[];
  readonly elements: number;
  readonly initial: InitialValue;
}

export interface StatisticDefinition {
  readonly name: string;
  readonly elements: number;
  readonly initial: number;
}

/** The trained parameters, in the order of PyTorch's `parameters()`. */
export function parametersOf(network: Network): ParameterDefinition[] {
  const shapes = layerShapes(network);
  return network.layers.flatMap((layer, i) =>
    layerParameters(layer, i === 0 ? network.input : shapes[i - 1], shapes[i]),
  );
}

/** The running statistics of the batch-norm layers, mean before variance. */
export function statisticsOf(network: Network): StatisticDefinition[] {
  const shapes = layerShapes(network);
  return network.layers.flatMap((layer, i) =>
    layer.type === 'batchNorm'
      ? [
          { name: `${layer.name}.running_mean`, elements: shapes[i].channels, initial: 0 },
          { name: `${layer.name}.running_var`, elements: shapes[i].channels, initial: 1 },
        ]
      : [],
  );
}

/** Number of trained values (3,309,476 for MobileNet at width 1 with 100 classes). */
export function countParameters(network: Network): number {
  return parametersOf(network).reduce((sum, parameter) => sum + parameter.elements, 0);
}

function layerParameters(layer: Layer, input: MapShape, output: MapShape): ParameterDefinition[] {
  switch (layer.type) {
    case 'convolution': {
      const shape = [output.channels, layer.depthwise ? 1 : input.channels, layer.kernel, layer.kernel];
      const weight = weightDefinition(layer.name, shape);
      return layer.bias ? [weight, biasDefinition(layer.name, shape)] : [weight];
    }
    case 'linear': {
      const shape = [output.channels, input.height * input.width * input.channels];
      return [weightDefinition(layer.name, shape), biasDefinition(layer.name, shape)];
    }
    case 'batchNorm':
      return [
        constantDefinition(`${layer.name}.weight`, output.channels, 1),
        constantDefinition(`${layer.name}.bias`, output.channels, 0),
      ];
    case 'activation':
    case 'averagePool':
      return [];
    default:
      return layer satisfies never;
  }
}

/** Uniform in +-1/sqrt(fan_in): PyTorch's default for convolution and linear weights, and for their biases. */
function defaultBound(weightShape: readonly number[]): InitialValue {
  return { type: 'uniform', bound: 1 / Math.sqrt(product(weightShape.slice(1))) };
}

function weightDefinition(name: string, shape: readonly number[]): ParameterDefinition {
  return { name: `${name}.weight`, shape, elements: product(shape), initial: defaultBound(shape) };
}

function biasDefinition(name: string, weightShape: readonly number[]): ParameterDefinition {
  const channels = weightShape[0];
  return {
    name: `${name}.bias`,
    shape: [channels],
    elements: channels,
    initial: defaultBound(weightShape),
  };
}

function constantDefinition(name: string, channels: number, value: number): ParameterDefinition {
  return { name, shape: [channels], elements: channels, initial: { type: 'constant', value } };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
