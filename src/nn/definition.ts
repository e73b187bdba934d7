/** What a network declares, beside the function that builds it. */
import type { ChoiceDefinition } from '../base/keys.js';
import type { Network } from './network.js';

export interface NetworkDefinition<Options> extends ChoiceDefinition {
  /** @throws a request error where sizes are impossible */
  build(options: Options, input: Network['input'], classes: number): Network;
}
