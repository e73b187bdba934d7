/**
 * What comes back of each step, raw, as 32-bit words. A block of `slots` steps is read at once:
 *
 *     for each slot [for each replica [losses: batch floats, predicted: batch]  then [flags: replicas]]
 *     then for each slot [replicas, batch, classes] logits
 */
export interface ResultLayout {
  readonly batch: number;
  readonly classes: number;
  readonly replicas: number;
  readonly slots: number;
  /** Words of a slot's losses, predictions and flags. */
  readonly head: number;
  /** Words of a slot's logits. */
  readonly logits: number;
}

export function resultLayout(
  sizes: Pick<ResultLayout, 'batch' | 'classes' | 'replicas' | 'slots'>,
): ResultLayout {
  const { batch, classes, replicas } = sizes;
  return { ...sizes, head: replicas * (2 * batch + 1), logits: replicas * batch * classes };
}
