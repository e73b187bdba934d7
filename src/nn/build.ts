/** The networks that a study file can name. */
import { requestError } from '../base/errors.js';
import { cnn, type Pooling } from './cnn.js';
import { mlp } from './mlp.js';
import { mobilenet } from './mobilenet.js';
import type { Network } from './network.js';
import { layerShapes } from './shapes.js';

export const networkNames = ['mobilenet', 'cnn', 'mlp'] as const;

/** A study file's `network:` key. */
export type NetworkConfig =
  | { readonly name: 'mobilenet'; readonly width: number }
  | {
      readonly name: 'cnn';
      readonly channels: readonly number[];
      /** Default: average. */
      readonly pooling?: Pooling;
    }
  | { readonly name: 'mlp'; readonly hidden: readonly number[] };

/** What the dataset decides of a network. */
export interface NetworkEnds {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
}

/**
 * The network that a configuration names, for images of a size and a number of classes.
 * @throws a request error where sizes are impossible or the name is unknown
 */
export function buildNetwork(config: NetworkConfig, ends: NetworkEnds): Network {
  const { classes, ...input } = ends;
  const network = definition(config, input, classes);
  layerShapes(network);
  return network;
}

function definition(config: NetworkConfig, input: Network['input'], classes: number): Network {
  switch (config.name) {
    case 'mobilenet':
      return mobilenet(config.width, input, classes);
    case 'cnn':
      return cnn({ channels: config.channels, pooling: config.pooling ?? 'average' }, input, classes);
    case 'mlp':
      return mlp(config.hidden, input, classes);
    default:
      throw requestError({
        what: 'there is no such network',
        where: 'network.name',
        rule: `one of ${networkNames.join(', ')}`,
        value: String((config satisfies never as { name: unknown }).name),
      });
  }
}
