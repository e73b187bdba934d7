/** The commented study file that `ceteris new` writes. */

/** @param name of the study: letters, digits, dot, dash, underscore */
export function newStudyText(name: string): string {
  return `# A study: which configurations are trained, and what is asked of them. Run it with: ceteris run ${name}.yaml
name: ${name}
question: What does the learning rate do to training and generalization?

# cifar100, cifar10 (fetched when missing; or give --data-dir), or synthetic (built in).
dataset:
  name: synthetic
  classes: 10            # synthetic only
  train: 2000            # synthetic only: images of the training file
  test: 500              # synthetic only
  validation: 0.25       # fraction of the training file
  splitSeed: 42          # or per-seed
  augment: [crop, flip]  # [] for none
  # limit: { train: 1000, validation: 500 }

# mobilenet (width), cnn (channels), mlp (hidden)
network: { name: mobilenet, width: 0.25 }

training:
  epochs: 12
  batchSize: 64
  optimizer: { name: sgd, momentum: 0.9 }  # or adam, adamw
  shuffle: true
  # initial: weights.safetensors           # start from given weights
  # logSteps: 10                           # log the loss of every 10th step

# one-factor: the baseline, and one trial per other level. grid: all combinations. random: with min/max factors.
method: one-factor
baseline: { learningRate: 0.05, schedule: constant, weightDecay: 0, activation: relu }
factors:
  learningRate: [0.01, 0.05, 0.2]
  # schedule: [constant, cosine]
  # activation: [relu, { name: sigmoid, blocks: 4-10 }]
  # training.batchSize: [32, 64]           # any key by its path

# One seed shows what these runs did; three or more are needed to say what would happen again.
seeds: 1
metric: { name: validAccuracy, goal: maximize, at: last }  # at: last, final or best
smallestEffect: 1                                          # points worth knowing
report: { gradientNorms: [] }
`;
}
