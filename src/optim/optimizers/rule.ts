/** What an optimizer declares. The update itself is a kernel of each backend (`update`), told by the name. */
import type { ChoiceDefinition } from '../../base/keys.js';

export interface OptimizerDefinition extends ChoiceDefinition {
  /**
   * What it keeps for each parameter, by PyTorch's names: each slot is as large as the parameters, and stands in a state
   * as `<slot>.<parameter>`. A backend keeps slot i of whichever optimizer runs in its array i.
   */
  readonly slots: readonly string[];
}
