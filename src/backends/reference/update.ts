/** One step of the optimizer over all parameters w [parameterElements] with gradients g, as PyTorch's optimizers do. */
import type { UpdateCall } from '../../compile/program.js';
import type { StepHyper } from '../../compile/step.js';
import type { ReferenceMemory, ReplicaTensors } from './memory.js';

export function update(_call: UpdateCall, memory: ReferenceMemory): void {
  const { tensors } = memory;
  const { hyper } = memory.input;
  if (hyper === null) throw new Error('an update without hyperparameters');
  if (hyper.optimizer === 'sgd') sgd(tensors, hyper);
  else adam(tensors, hyper);
  tensors.steps++;
}

/** Stochastic gradient descent with momentum v: the first step has v = g (Sutskever et al. 2013, PyTorch's form). */
function sgd(tensors: ReplicaTensors, hyper: StepHyper): void {
  const { learningRate, momentum, dampening, nesterov, weightDecay } = hyper;
  const { parameters: w, gradients, steps } = tensors;
  const v = tensors.moments[0];
  for (let i = 0; i < w.length; i++) {
    const g = gradients[i] + weightDecay * w[i];
    if (momentum === 0) {
      w[i] -= learningRate * g;
      continue;
    }
    v[i] = steps === 0 ? g : momentum * v[i] + (1 - dampening) * g;
    w[i] -= learningRate * (nesterov ? g + momentum * v[i] : v[i]);
  }
}

/** Adam (Kingma and Ba 2015) with L2 in the gradient; AdamW (Loshchilov and Hutter 2019) with decoupled decay. */
function adam(tensors: ReplicaTensors, hyper: StepHyper): void {
  const { learningRate, weightDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = hyper;
  const { parameters: w, gradients, steps } = tensors;
  const [m, v] = tensors.moments;
  const decoupled = hyper.optimizer === 'adamw';
  const correction1 = 1 - beta1 ** (steps + 1);
  const correction2 = 1 - beta2 ** (steps + 1);
  for (let i = 0; i < w.length; i++) {
    const g = gradients[i] + (decoupled ? 0 : weightDecay * w[i]);
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    const kept = decoupled ? w[i] * (1 - learningRate * weightDecay) : w[i];
    w[i] = kept - (learningRate / correction1) * (m[i] / (Math.sqrt(v[i] / correction2) + epsilon));
  }
}
