import type { Metric } from '../reading/headers.js';

/** As sentences name a metric. */
export const METRIC_LABEL: Readonly<Record<Metric, string>> = {
  trainLoss: 'the training loss',
  trainAccuracy: 'the training accuracy',
  validLoss: 'the validation loss',
  validAccuracy: 'the validation accuracy',
  trainEvalLoss: 'the training loss in evaluation mode',
  trainEvalAccuracy: 'the training accuracy in evaluation mode',
  learningRate: 'the learning rate',
};
