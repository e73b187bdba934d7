/** One replica while its group is trained: where it stands, and what its epoch has summed up. */
import type { StepHyper } from '../compile/step.js';
import { activationsFor } from '../nn/activations.js';
import type { ActivationName, Network } from '../nn/network.js';
import { learningRateAt } from '../optim/schedule.js';
import type { MetricsRow } from '../store/records.js';
import type { EpochDraws } from './batchPlans.js';
import type { EvaluationResult } from './evaluate.js';
import type { Outcome, TrainPosition } from './events.js';
import type { ReplicaTask, TrainSplits } from './group.js';

/** Epochs between measurements of the training split in evaluation mode (and the last epoch). */
export const trainEvaluationEvery = 10;

/** What an epoch has given beside what the replica sums up itself. */
export interface EpochMeasures {
  readonly valid: EvaluationResult;
  readonly trainEval: EvaluationResult | null;
  readonly steps: number;
  readonly batch: number;
  /** Seconds since the epoch began in this sitting: of its steps, and of all. */
  readonly trainSeconds: number;
  readonly seconds: number;
}

export class Replica {
  readonly activations: readonly ActivationName[];
  readonly splits: TrainSplits;
  /** Epochs completed. */
  epoch: number;
  lossSum: number;
  correct: number;
  norms: readonly number[] | null;
  outcome: Outcome | null = null;
  /** Seconds that an earlier sitting has spent in the epoch under way. */
  #priorSeconds: number;
  readonly #task: ReplicaTask;

  constructor(task: ReplicaTask, splits: TrainSplits, position: TrainPosition, network: Network) {
    this.#task = task;
    this.splits = splits;
    this.activations = activationsFor(network, task.configuration.activation);
    this.epoch = position.epoch;
    this.lossSum = position.lossSum;
    this.correct = position.correct;
    this.norms = position.norms;
    this.#priorSeconds = position.epochSeconds;
  }

  get isDone(): boolean {
    return this.epoch >= this.#task.configuration.training.epochs;
  }

  /** Whether the training split is measured in evaluation mode after the epoch under way. */
  get wantsTrainEvaluation(): boolean {
    const { epochs } = this.#task.configuration.training;
    return (this.epoch + 1) % trainEvaluationEvery === 0 || this.epoch + 1 === epochs;
  }

  get draws(): EpochDraws {
    const { configuration, seed } = this.#task;
    return {
      train: this.splits.train,
      seed: seed.data,
      epoch: this.epoch,
      shuffle: configuration.training.shuffle,
      augment: configuration.dataset.augment,
    };
  }

  /** Hyperparameters of the epoch under way. */
  get hyper(): StepHyper {
    const { configuration } = this.#task;
    const { optimizer, epochs } = configuration.training;
    return {
      optimizer: optimizer.name,
      learningRate: learningRateAt(configuration.schedule, configuration.learningRate, this.epoch, epochs),
      momentum: optimizer.momentum,
      dampening: optimizer.dampening,
      nesterov: optimizer.nesterov,
      weightDecay: configuration.weightDecay,
      activations: this.activations,
      beta1: optimizer.beta1,
      beta2: optimizer.beta2,
      epsilon: optimizer.epsilon,
    };
  }

  /** @param seconds since the epoch began in this sitting */
  position(stepInEpoch: number, seconds: number): TrainPosition {
    const { epoch, lossSum, correct, norms } = this;
    const epochSeconds = stepInEpoch === 0 ? 0 : this.#priorSeconds + seconds;
    return { epoch, stepInEpoch, lossSum, correct, epochSeconds, norms };
  }

  /** The row of the epoch under way. */
  row({ valid, trainEval, steps, batch, trainSeconds, seconds }: EpochMeasures): MetricsRow {
    const images = steps * batch;
    return {
      epoch: this.epoch + 1,
      trainLoss: this.lossSum / steps,
      trainAccuracy: this.correct / images,
      validLoss: Number.isFinite(valid.loss) ? valid.loss : null,
      validAccuracy: valid.accuracy,
      trainEvalLoss: trainEval?.loss ?? null,
      trainEvalAccuracy: trainEval?.accuracy ?? null,
      learningRate: this.hyper.learningRate,
      imagesPerSecond: images / (this.#priorSeconds + trainSeconds),
      seconds: this.#priorSeconds + seconds,
    };
  }

  /** Those of every N-th step among `losses`, the first of which is step `from` (from 0) of the epoch under way. */
  logged(losses: Float64Array, from: number, stepsPerEpoch: number): { steps: number[]; losses: number[] } {
    const every = this.#task.configuration.training.logSteps;
    const found = { steps: [] as number[], losses: [] as number[] };
    if (every <= 0) return found;
    losses.forEach((loss, i) => {
      const number = this.epoch * stepsPerEpoch + from + i + 1;
      if (number % every !== 0) return;
      found.steps.push(number);
      found.losses.push(loss);
    });
    return found;
  }

  /** The epoch under way is complete. */
  closeEpoch(): void {
    this.epoch++;
    this.lossSum = 0;
    this.correct = 0;
    this.norms = null;
    this.#priorSeconds = 0;
  }
}
