/** What other tools call the things of a study file: for advice only, nothing is read by these names. */

const keys: Readonly<Record<string, string>> = {
  lr: 'baseline.learningRate',
  lr0: 'baseline.learningRate',
  eta: 'baseline.learningRate',
  stepsize: 'baseline.learningRate',
  learningrate: 'baseline.learningRate',
  wd: 'baseline.weightDecay',
  l2: 'baseline.weightDecay',
  decay: 'baseline.weightDecay',
  weightdecay: 'baseline.weightDecay',
  scheduler: 'baseline.schedule',
  lrscheduler: 'baseline.schedule',
  lrschedule: 'baseline.schedule',
  schedule: 'baseline.schedule',
  act: 'baseline.activation',
  activationfunction: 'baseline.activation',
  nonlinearity: 'baseline.activation',
  activation: 'baseline.activation',
  bs: 'training.batchSize',
  batch: 'training.batchSize',
  batchsize: 'training.batchSize',
  epoch: 'training.epochs',
  nepochs: 'training.epochs',
  numepochs: 'training.epochs',
  maxepochs: 'training.epochs',
  numtrainepochs: 'training.epochs',
  epochs: 'training.epochs',
  optim: 'training.optimizer',
  optimiser: 'training.optimizer',
  optimizer: 'training.optimizer',
  momentum: 'training.optimizer.momentum',
  betas: 'training.optimizer.beta1',
  eps: 'training.optimizer.epsilon',
  model: 'network',
  arch: 'network',
  architecture: 'network',
  data: 'dataset',
  seed: 'seeds',
  randomstate: 'seeds',
  hyperparameters: 'factors',
  parameters: 'factors',
  sweep: 'factors',
  grid: 'factors',
};

/** Metrics; never a test metric, by which no study is judged. */
const metrics: Readonly<Record<string, string>> = {
  acc: 'validAccuracy',
  accuracy: 'validAccuracy',
  top1: 'validAccuracy',
  valacc: 'validAccuracy',
  valaccuracy: 'validAccuracy',
  validacc: 'validAccuracy',
  evalaccuracy: 'validAccuracy',
  testacc: 'validAccuracy',
  testaccuracy: 'validAccuracy',
  loss: 'validLoss',
  valloss: 'validLoss',
  evalloss: 'validLoss',
  testloss: 'validLoss',
  trainacc: 'trainAccuracy',
};

/** Values; `null` where another tool has one that is like none here, whatever its name is near to. */
const values: Readonly<Record<string, string | null>> = {
  swish: 'silu',
  linear: 'identity',
  logistic: 'sigmoid',
  relu6: null,
  prelu: null,
  cosineannealing: 'cosine',
  cosineannealinglr: 'cosine',
  cosinedecay: 'cosine',
  cosinelr: 'cosine',
  none: 'constant',
  fixed: 'constant',
  constantlr: 'constant',
  steplr: 'step',
  multisteplr: 'step',
  stepdecay: 'step',
  max: 'maximize',
  maximise: 'maximize',
  min: 'minimize',
  minimise: 'minimize',
};

/** Keys that say how a study is run, which is no part of it. */
const options: readonly string[] = ['device', 'workers', 'threads', 'lockstep', 'precision', 'out'];

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** The path, as a study file keeps it, of a key that other tools call so: `lr` is baseline.learningRate. */
export function keyOfOtherTools(name: string): string | undefined {
  const word = plain(name);
  return Object.hasOwn(keys, word) ? keys[word] : undefined;
}

/** The last part of that path, or the metric: `wd` is weightDecay, `accuracy` is validAccuracy. */
export function usualName(name: string): string | undefined {
  const word = plain(name);
  if (Object.hasOwn(metrics, word)) return metrics[word];
  const key = keyOfOtherTools(name);
  return key?.slice(key.lastIndexOf('.') + 1);
}

/** What a value of other tools is called here; `null` where it is none of ours. */
export function usualValue(name: string): string | null | undefined {
  const word = plain(name);
  return Object.hasOwn(values, word) ? values[word] : undefined;
}

/** What to do about a key that is an option of the commands. */
export function optionOfCommands(name: string): string | undefined {
  const option = name === 'dataDir' || name === 'data-dir' ? 'data-dir' : name;
  if (option !== 'data-dir' && !options.includes(option)) return undefined;
  return `it is no part of the study: give it to the command, as ceteris run ... --${option}`;
}
