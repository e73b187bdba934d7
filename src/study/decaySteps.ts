/** How long weight decay takes to act. */

export interface Decaying {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly training: { readonly optimizer: { readonly name: string } };
}

/**
 * Steps over which weight decay shrinks what is not learned anew to 1/e: 1 / (learningRate x weightDecay); in a shorter
 * run it shows little. `null` without weight decay, and for Adam, which divides it by the gradient's size.
 */
export function decaySteps({ learningRate, weightDecay, training }: Decaying): number | null {
  return weightDecay === 0 || training.optimizer.name === 'adam' ? null : 1 / (learningRate * weightDecay);
}
