/** Shapes of a network's values, layer by layer; the one place where a network is checked for sense. */
import { requestError } from '../base/errors.js';
import type { ConvolutionLayer, Layer, Network } from './network.js';

/** One image's feature map. */
export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Shape of every layer's output, in order (entry i belongs to `network.layers[i]`).
 * @throws a request error where a layer does not fit what comes before it
 */
export function layerShapes(network: Network): MapShape[] {
  let shape: MapShape = network.input;
  return network.layers.map((layer, index) => {
    shape = outputShape(layer, shape, `${network.name}, layer ${index} (${layer.type})`);
    return shape;
  });
}

function outputShape(layer: Layer, input: MapShape, where: string): MapShape {
  switch (layer.type) {
    case 'convolution':
      return convolutionShape(layer, input, where);
    case 'batchNorm':
    case 'activation':
      return input;
    case 'averagePool': {
      if (input.height % layer.size !== 0 || input.width % layer.size !== 0) {
        throw requestError({
          what: 'an average pool does not divide its feature map',
          where,
          rule: `height and width divisible by ${layer.size}`,
          value: `${input.height}x${input.width}`,
          advice: 'use images of another size, or another network',
        });
      }
      return {
        height: input.height / layer.size,
        width: input.width / layer.size,
        channels: input.channels,
      };
    }
    case 'linear':
      requirePositive(layer.outFeatures, 'outFeatures', where);
      return { height: 1, width: 1, channels: layer.outFeatures };
    default:
      return layer satisfies never;
  }
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
