/** Softmax cross-entropy of logits [batch, classes], its gradient, and predictions. */
import type { SoftmaxCrossEntropyCall } from '../../compile/program.js';
import type { ReferenceMemory } from './memory.js';
import { readInput } from './views.js';

/** loss[n] = log(sum exp(z)) - z[label]; dz = (softmax - onehot) / count; masked examples: zero loss and gradient. */
export function softmaxCrossEntropy(call: SoftmaxCrossEntropyCall, memory: ReferenceMemory): void {
  const { batch, classes } = call;
  const { source, plan, count } = memory.input;
  const logits = memory.real(call.logits);
  logits.set(readInput(memory, call.input, classes));
  const losses = memory.real(call.losses).fill(0);
  const predicted = memory.integers(call.predicted);
  const gradient = call.gradient === null ? null : memory.real(call.gradient).fill(0);
  for (let n = 0; n < batch; n++) {
    const z = logits.subarray(n * classes, (n + 1) * classes);
    let best = 0;
    for (let k = 1; k < classes; k++) if (z[k] > z[best]) best = k;
    predicted[n] = best;
    if (n >= count) continue;
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp(z[k] - z[best]);
    const label = source.labels[plan.indices[n]];
    losses[n] = Math.log(total) + z[best] - z[label];
    if (gradient === null) continue;
    for (let k = 0; k < classes; k++) {
      const share = Math.exp(z[k] - z[best]) / total;
      gradient[n * classes + k] = (share - (k === label ? 1 : 0)) / count;
    }
  }
}
