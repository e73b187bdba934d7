/** The networks that a study file can name: one file each, one line here. */
import { requestError } from '../base/errors.js';
import { type ChoiceOf, choiceSchema } from '../base/keys.js';
import { cnnDefinition } from './cnn.js';
import type { NetworkDefinition } from './definition.js';
import { mlpDefinition } from './mlp.js';
import { mobilenetDefinition } from './mobilenet.js';
import type { Network } from './network.js';
import { layerShapes } from './shapes.js';

const definitions = [mobilenetDefinition, cnnDefinition, mlpDefinition] as const;

const networkNames = definitions.map(({ name }) => name);

/** A study file's `network:` key. */
export const networkSchema = choiceSchema(definitions);
export type NetworkConfig = PoolingOptional<ChoiceOf<typeof definitions>>;
/** In code a plain CNN need not name its pooling: average. */
type PoolingOptional<C> = C extends { readonly pooling: infer P }
  ? Omit<C, 'pooling'> & { readonly pooling?: P | undefined }
  : C;

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
  const found = definitions.find(({ name }) => name === config.name);
  if (found !== undefined) return (found as NetworkDefinition<NetworkConfig>).build(config, input, classes);
  throw requestError({
    what: 'there is no such network',
    where: 'network.name',
    rule: `one of ${networkNames.join(', ')}`,
    value: String((config as { name: unknown }).name),
  });
}
