/** What each type of layer is: the shape that it makes and the parameters that it holds. A new layer is one entry here. */
import { requestError } from '../base/errors.js';
import type { ConvolutionLayer, Layer } from './network.js';

/** One image's feature map. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

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

export interface LayerDefinition<L extends Layer> {
  /** Shape of the output. @throws a request error where the layer does not fit its input; `where` names it */
  shape(layer: L, input: MapShape, where: string): MapShape;
  /** Trained tensors, in PyTorch's order. */
  parameters(layer: L, input: MapShape, output: MapShape): ParameterDefinition[];
}

const layerDefinitions: {
  readonly [T in Layer['type']]: LayerDefinition<Extract<Layer, { type: T }>>;
} = {
  convolution: {
    shape: convolutionShape,
    parameters(layer, input, output) {
      const shape = [output.channels, layer.depthwise ? 1 : input.channels, layer.kernel, layer.kernel];
      const weight = weightDefinition(layer.name, shape);
      return layer.bias ? [weight, biasDefinition(layer.name, shape)] : [weight];
    },
  },

  linear: {
    shape(layer, _, where) {
      requirePositive(layer.outFeatures, 'outFeatures', where);
      return { height: 1, width: 1, channels: layer.outFeatures };
    },
    parameters(layer, input, output) {
      const shape = [output.channels, input.height * input.width * input.channels];
      return [weightDefinition(layer.name, shape), biasDefinition(layer.name, shape)];
    },
  },

  batchNorm: {
    shape: (_, input) => input,
    parameters: (layer, _, output) => [
      constantDefinition(`${layer.name}.weight`, output.channels, 1),
      constantDefinition(`${layer.name}.bias`, output.channels, 0),
    ],
  },

  activation: { shape: (_, input) => input, parameters: () => [] },

  averagePool: {
    shape({ size }, { height, width, channels }, where) {
      if (height % size !== 0 || width % size !== 0) {
        throw requestError({
          what: 'an average pool does not divide its feature map',
          where,
          rule: `height and width divisible by ${size}`,
          value: `${height}x${width}`,
          advice: 'use images of another size, or another network',
        });
      }
      return { height: height / size, width: width / size, channels };
    },
    parameters: () => [],
  },

  maxPool: {
    shape({ size, stride }, { height, width, channels }, where) {
      requirePositive(size, 'size', where);
      requirePositive(stride, 'stride', where);
      if (height < size || width < size) {
        throw requestError({
          what: 'a max pool is larger than its feature map',
          where,
          rule: `at least ${size} rows and columns`,
          value: `${height}x${width}`,
          advice: 'use larger images, or another network',
        });
      }
      const along = (length: number) => Math.floor((length - size) / stride) + 1;
      return { height: along(height), width: along(width), channels };
    },
    parameters: () => [],
  },
};

/** The definition of a layer's own type. */
export function definitionOf<L extends Layer>(layer: L): LayerDefinition<L> {
  return layerDefinitions[layer.type] as unknown as LayerDefinition<L>;
}

function convolutionShape(layer: ConvolutionLayer, input: MapShape, where: string): MapShape {
  requirePositive(layer.outChannels, 'outChannels', where);
  if (layer.depthwise && layer.outChannels !== input.channels) {
    throw requestError({
      what: 'a depthwise convolution has one filter per channel',
      where,
      rule: `outChannels ${input.channels}, the channels of its input`,
      value: String(layer.outChannels),
    });
  }
  const along = (size: number) => Math.floor((size + 2 * layer.padding - layer.kernel) / layer.stride) + 1;
  const shape = { height: along(input.height), width: along(input.width), channels: layer.outChannels };
  if (shape.height < 1 || shape.width < 1) {
    throw requestError({
      what: 'a convolution does not fit its feature map',
      where,
      rule: `at least ${layer.kernel - 2 * layer.padding} rows and columns`,
      value: `${input.height}x${input.width}`,
    });
  }
  return shape;
}

function requirePositive(value: number, name: string, where: string): void {
  if (Number.isInteger(value) && value > 0) return;
  throw requestError({
    what: `${name} is no size`,
    where,
    rule: 'a whole number above 0',
    value: String(value),
  });
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
