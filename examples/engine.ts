/**
 * The engine without a study: two replicas of one network in lockstep, with learning rates of their own, in a training
 * loop that is written out here.
 */
import { parseStudy } from 'ceteris';
import {
  activationsFor,
  buildNetwork,
  compile,
  createBatchArrays,
  epochOrder,
  initialState,
  loadDataset,
  openStep,
  planEvaluationBatch,
  planTrainBatch,
  prepareSplits,
  type StepHyper,
  stepsPerEpoch,
} from 'ceteris/engine';

const { baseline } = parseStudy({ name: 'splits', dataset: { name: 'synthetic', classes: 4, train: 400 } });
const dataset = await loadDataset(baseline.dataset);
const splits = prepareSplits(dataset, baseline.dataset, { label: 0, data: 0, initial: 0 });

const { height, width, channels, classes, labels } = dataset;
const network = buildNetwork(
  { name: 'cnn', channels: [8, 16] },
  { height, width, channels, classes: classes.length },
);
const program = compile(network, { batch: 20, replicas: 2 });
console.log(`${program.parameterElements} parameters, ${program.train.length} kernel calls a step`);

const activations = activationsFor(network, 'relu');
const sgd = { optimizer: 'sgd', momentum: 0.9, dampening: 0, nesterov: false, weightDecay: 0 } as const;
const hyper: StepHyper[] = [0.01, 0.05].map((learningRate) => ({ ...sgd, learningRate, activations }));

const step = await openStep(program, { backend: 'wasm', threads: 1 });
step.load(dataset);
for (const replica of hyper.keys()) await step.writeState(replica, initialState(program, 0));

// Both replicas see the same images, so that they share the arrays of a plan.
const plan = createBatchArrays(program.batch);
const both = [plan, plan];
const steps = stepsPerEpoch(splits.train.length, program.batch);
for (let epoch = 0; epoch < 3; epoch++) {
  const order = epochOrder(splits.train, 0, epoch, true);
  for (let index = 0; index < steps; index++) {
    await step.room();
    planTrainBatch(plan, order, index, { augment: [], seed: 0, epoch });
    step.train({ count: program.batch, replicas: both }, hyper);
  }
  const trained = await step.metrics();
  const losses = trained.map(({ stepLosses }) => stepLosses.reduce((a, b) => a + b, 0) / steps);
  console.log(`epoch ${epoch + 1}: mean losses ${losses.map((loss) => loss.toFixed(3)).join(' and ')}`);
}

for (let start = 0; start < splits.validation.length; start += program.batch) {
  await step.room();
  const count = planEvaluationBatch(plan, splits.validation, start);
  step.evaluate({ count, replicas: both }, { activations: [activations, activations] });
}
for (const [replica, { predicted }] of (await step.metrics()).entries()) {
  const correct = splits.validation.filter((example, i) => predicted[i] === labels[example]).length;
  const share = (correct / splits.validation.length).toFixed(2);
  console.log(`learning rate ${hyper[replica]?.learningRate}: validation accuracy ${share}`);
}
await step.dispose();
