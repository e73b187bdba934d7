/** Shapes of a network's values, layer by layer; the one place where a network is checked for sense. */
import { definitionOf, type MapShape } from './definitions.js';
import type { Network } from './network.js';

export type { MapShape } from './definitions.js';

/**
 * Shape of every layer's output, in order (entry i belongs to `network.layers[i]`).
 * @throws a request error where a layer does not fit what comes before it
 */
export function layerShapes(network: Network): MapShape[] {
  let shape: MapShape = network.input;
  return network.layers.map((layer, index) => {
    shape = definitionOf(layer).shape(layer, shape, `${network.name}, layer ${index} (${layer.type})`);
    return shape;
  });
}
