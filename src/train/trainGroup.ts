/**
 * The loop of one group of replicas: replicas of one network, trained in lockstep by one Step, told as events.
 * On a CPU the group is usually one run. A run is a pure function of (configuration, seed, dataset): nothing here
 * depends on time but the moments at which progress is told.
 */
import type { ReplicaPlan, StepHyper } from '../compile/step.js';
import { createBatchArrays, epochOrder, planTrainBatch, stepsPerEpoch } from '../data/batches.js';
import { activationsFor } from '../nn/activations.js';
import { learningRateAt } from '../optim/schedule.js';
import type { MetricsRow } from '../store/records.js';
import type { RunConfiguration } from '../study/types.js';
import { endOfRun } from './endOfRun.js';
import { type EvaluationResult, evaluateExamples, summarize } from './evaluate.js';
import type { TrainEvent, TrainPosition } from './events.js';
import type { TrainGroup } from './group.js';

/** Epochs between measurements of the training split in evaluation mode (and the last epoch). */
export const trainEvaluationEvery = 10;
/** Seconds between progress events. */
const progressSeconds = 0.5;

/** Accumulates what one replica's epoch row needs. */
class ReplicaEpoch {
  lossSum = 0;
  correct = 0;
  norms: readonly number[] | null = null;
  diverged = false;
}

/**
 * Trains the group from its position to the end.
 * Ends early, after a checkpoint event of reason `stop`, when the control asks for it.
 */
export async function* trainGroup(
  group: TrainGroup,
): AsyncGenerator<TrainEvent, 'done' | 'stopped' | 'diverged'> {
  const loop = new GroupLoop(group);
  const { epochs } = loop.training;
  for (let epoch = loop.firstEpoch; epoch < epochs; epoch++) {
    const outcome = yield* loop.trainEpoch(epoch);
    if (outcome === 'stopped') return 'stopped';
    if (loop.allDiverged()) return 'diverged';
    if (!(yield* loop.closeEpoch(epoch))) return 'stopped';
    if (loop.allDiverged()) return 'diverged';
  }
  if (!(yield* endOfRun(group, loop.activations, loop.live()))) return 'stopped';
  return 'done';
}

class GroupLoop {
  readonly training: RunConfiguration['training'];
  readonly firstEpoch: number;
  readonly activations;
  readonly #group: TrainGroup;
  readonly #states: ReplicaEpoch[];
  readonly #plans: ReplicaPlan[];
  readonly #stepsPerEpoch: number;
  #firstStep: number;
  #priorSeconds: number;
  #epochStart = 0;

  constructor(group: TrainGroup) {
    this.#group = group;
    const first = group.replicas[0].configuration;
    this.training = first.training;
    const { program } = group.step;
    this.activations = group.replicas.map((task) =>
      activationsFor(program.network, task.configuration.activation),
    );
    const position = group.resume[0];
    this.firstEpoch = position.epoch;
    this.#firstStep = position.stepInEpoch;
    this.#priorSeconds = position.epochSeconds;
    this.#states = group.resume.map((one) => {
      const state = new ReplicaEpoch();
      state.lossSum = one.lossSum;
      state.correct = one.correct;
      state.norms = one.norms;
      return state;
    });
    const rooms = new Map<number, ReplicaPlan>();
    this.#plans = group.replicas.map((task) => {
      const room = rooms.get(task.seed.data) ?? createBatchArrays(program.batch);
      rooms.set(task.seed.data, room);
      return room;
    });
    this.#stepsPerEpoch = stepsPerEpoch(group.splits.train.length, program.batch);
  }

  allDiverged(): boolean {
    return this.#states.every((state) => state.diverged);
  }

  /** Replicas that are still training. */
  live(): number[] {
    return this.#states.flatMap((state, replica) => (state.diverged ? [] : [replica]));
  }

  async *trainEpoch(epoch: number): AsyncGenerator<TrainEvent, 'done' | 'stopped'> {
    const { step, splits, replicas, control } = this.#group;
    const hyper = this.#hyper(epoch);
    const orders = new Map<number, Int32Array>();
    for (const { seed } of replicas) {
      if (!orders.has(seed.data)) {
        orders.set(seed.data, epochOrder(splits.train, seed.data, epoch, this.training.shuffle));
      }
    }
    this.#epochStart = control.now() - this.#priorSeconds;
    let told = control.now();
    let toldStep = this.#firstStep;
    for (let index = this.#firstStep; index < this.#stepsPerEpoch; index++) {
      this.#plan(orders, epoch, index);
      await step.room();
      step.train({ count: step.program.batch, replicas: this.#plans }, hyper);
      const stop = control.stopRequested();
      const last = index + 1 === this.#stepsPerEpoch;
      if (!stop && !last && control.now() - told < progressSeconds) continue;
      const seconds = control.now() - told;
      yield* this.#collect(epoch, toldStep, index + 1, seconds);
      told = control.now();
      toldStep = index + 1;
      await control.breathe();
      if (this.allDiverged()) return 'done';
      if (!last && control.stopRequested()) {
        yield* this.#checkpoint('stop', this.#position(epoch, index + 1));
        return 'stopped';
      }
    }
    this.#firstStep = 0;
    return 'done';
  }

  /** Epoch's end: norms, evaluation, the row, a checkpoint. False: stopped on the way. */
  async *closeEpoch(epoch: number): AsyncGenerator<TrainEvent, boolean> {
    const { splits, step, control } = this.#group;
    const trainSeconds = control.now() - this.#epochStart;
    for (const [replica, state] of this.#states.entries()) {
      state.norms ??= [...(await step.gradientNorms(replica))];
    }
    const position = this.#position(epoch, this.#stepsPerEpoch);
    const valid = await this.#evaluate(splits.validation);
    const wanted = (epoch + 1) % trainEvaluationEvery === 0 || epoch + 1 === this.training.epochs;
    const trainEval = wanted && valid !== null ? await this.#evaluate(splits.trainEvaluation) : undefined;
    if (valid === null || trainEval === null) {
      yield* this.#checkpoint('stop', position);
      return false;
    }
    for (const replica of this.live()) {
      const row = this.#row(epoch, replica, valid[replica], trainEval?.[replica], trainSeconds);
      yield { type: 'epoch', replica, row, gradientNorms: this.#named(this.#states[replica].norms ?? []) };
      const { loss } = valid[replica];
      if (Number.isFinite(loss)) continue;
      this.#states[replica].diverged = true;
      yield { type: 'diverged', replica, epoch: epoch + 1, step: this.#stepsPerEpoch, loss };
    }
    for (const state of this.#states) {
      state.lossSum = 0;
      state.correct = 0;
      state.norms = null;
    }
    this.#priorSeconds = 0;
    const reason = epoch + 1 === this.training.epochs ? 'end' : 'epoch';
    yield* this.#checkpoint(reason, this.#position(epoch + 1, 0));
    return true;
  }

  #hyper(epoch: number): StepHyper[] {
    return this.#group.replicas.map(({ configuration }, replica) => {
      const { optimizer, epochs } = configuration.training;
      return {
        optimizer: optimizer.name,
        learningRate: learningRateAt(configuration.schedule, configuration.learningRate, epoch, epochs),
        momentum: optimizer.momentum,
        dampening: optimizer.dampening,
        nesterov: optimizer.nesterov,
        weightDecay: configuration.weightDecay,
        activations: this.activations[replica],
        beta1: optimizer.beta1,
        beta2: optimizer.beta2,
        epsilon: optimizer.epsilon,
      };
    });
  }

  #plan(orders: ReadonlyMap<number, Int32Array>, epoch: number, index: number): void {
    const { augment } = this.#group.replicas[0].configuration.dataset;
    const made = new Set<ReplicaPlan>();
    this.#group.replicas.forEach(({ seed }, replica) => {
      const room = this.#plans[replica];
      const order = orders.get(seed.data);
      if (made.has(room) || order === undefined) return;
      made.add(room);
      planTrainBatch(room, order, index, { augment, seed: seed.data, epoch });
    });
  }

  /** Waits for what was enqueued since `from`; tells step losses, progress and divergence. */
  async *#collect(epoch: number, from: number, to: number, seconds: number): AsyncGenerator<TrainEvent> {
    const { step } = this.#group;
    const all = await step.metrics();
    for (const replica of this.live()) {
      const { stepLosses, trainCorrect } = all[replica];
      const state = this.#states[replica];
      const bad = stepLosses.findIndex((loss) => !Number.isFinite(loss));
      for (const loss of stepLosses) state.lossSum += loss;
      state.correct += trainCorrect;
      yield* this.#logSteps(replica, epoch, from, stepLosses);
      if (bad >= 0) {
        state.diverged = true;
        yield { type: 'diverged', replica, epoch: epoch + 1, step: from + bad + 1, loss: stepLosses[bad] };
        continue;
      }
      yield {
        type: 'progress',
        replica,
        epoch: epoch + 1,
        step: to,
        steps: this.#stepsPerEpoch,
        loss: state.lossSum / to,
        imagesPerSecond: ((to - from) * step.program.batch) / seconds,
      };
    }
  }

  *#logSteps(replica: number, epoch: number, from: number, stepLosses: Float64Array): Generator<TrainEvent> {
    const every = this.training.logSteps;
    if (every <= 0) return;
    const steps: number[] = [];
    const losses: number[] = [];
    stepLosses.forEach((loss, i) => {
      const number = epoch * this.#stepsPerEpoch + from + i + 1;
      if (number % every !== 0) return;
      steps.push(number);
      losses.push(loss);
    });
    if (steps.length > 0) yield { type: 'steps', replica, epoch: epoch + 1, steps, losses };
  }

  async #evaluate(indices: Int32Array): Promise<EvaluationResult[] | null> {
    const { step, labels, control } = this.#group;
    const checkStop = async () => {
      await control.breathe();
      return control.stopRequested();
    };
    const metrics = await evaluateExamples({ step, activations: this.activations, indices, checkStop });
    return metrics?.map((one) => summarize(one, indices, labels)) ?? null;
  }

  #row(
    epoch: number,
    replica: number,
    valid: EvaluationResult,
    trainEval: EvaluationResult | undefined,
    trainSeconds: number,
  ): MetricsRow {
    const { step, control } = this.#group;
    const state = this.#states[replica];
    const images = this.#stepsPerEpoch * step.program.batch;
    return {
      epoch: epoch + 1,
      trainLoss: state.lossSum / this.#stepsPerEpoch,
      trainAccuracy: state.correct / images,
      validLoss: Number.isFinite(valid.loss) ? valid.loss : null,
      validAccuracy: valid.accuracy,
      trainEvalLoss: trainEval?.loss ?? null,
      trainEvalAccuracy: trainEval?.accuracy ?? null,
      learningRate: this.#hyper(epoch)[replica].learningRate,
      imagesPerSecond: images / trainSeconds,
      seconds: control.now() - this.#epochStart,
    };
  }

  #named(norms: readonly number[]): Record<string, number> {
    return Object.fromEntries(this.#group.step.program.parameters.map(({ name }, i) => [name, norms[i]]));
  }

  #position(epoch: number, stepInEpoch: number): readonly TrainPosition[] {
    const epochSeconds = stepInEpoch === 0 ? 0 : this.#group.control.now() - this.#epochStart;
    return this.#states.map(({ lossSum, correct, norms }) => ({
      epoch,
      stepInEpoch,
      lossSum,
      correct,
      epochSeconds,
      norms,
    }));
  }

  *#checkpoint(reason: 'epoch' | 'stop' | 'end', positions: readonly TrainPosition[]): Generator<TrainEvent> {
    for (const replica of this.live()) {
      const readState = () => this.#group.step.readState(replica);
      yield { type: 'checkpoint', replica, reason, position: positions[replica], readState };
    }
  }
}
