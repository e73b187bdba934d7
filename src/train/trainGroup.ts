/**
 * The loop of one group of replicas: replicas of one network, trained in lockstep by one Step, told as events.
 * On a CPU the group is usually one run. A run is a pure function of (configuration, seed, dataset): nothing here
 * depends on time but the moments at which progress is told.
 */
import { stepsPerEpoch } from '../data/batches.js';
import { BatchPlans } from './batchPlans.js';
import { measureEnds } from './endOfRun.js';
import { type EvaluationResult, evaluateExamples, summarize } from './evaluate.js';
import type { CheckpointEvent, Outcome, TrainEvent } from './events.js';
import { checkGroup, type Seats, type TrainGroup } from './group.js';
import { Replica } from './replica.js';

/** Seconds between progress events. */
const progressSeconds = 0.5;

/**
 * Trains each replica from its position to its end, and tells that by an `ended` event: when all epochs are done, when
 * its loss is no finite number any more, or after a checkpoint event of reason `stop`, when the control asks for it.
 * The others go on.
 * @returns how each replica ended
 * @throws a request error where the replicas do not fit together
 */
export async function* trainGroup(group: TrainGroup): AsyncGenerator<TrainEvent, Outcome[]> {
  checkGroup(group);
  const loop = new GroupLoop(group);
  for (;;) {
    yield* loop.endRuns();
    yield* loop.stopBetweenEpochs();
    if (loop.live().length === 0) return loop.outcomes();
    await loop.reseat();
    yield* loop.trainEpoch();
    if (loop.live().length > 0) yield* loop.closeEpoch();
  }
}

class GroupLoop {
  readonly #group: TrainGroup;
  readonly #replicas: readonly Replica[];
  readonly #plans: BatchPlans;
  readonly #stepsPerEpoch: number;
  #seats: Seats;
  /** Step to go on from in the epoch under way. */
  #step: number;
  #epochStart: number;
  /** When the metrics of the last steps had arrived. */
  #told: number;

  constructor(group: TrainGroup) {
    this.#group = group;
    const { program } = group.step;
    this.#replicas = group.replicas.map(
      (task, r) => new Replica(task, group.splits[r], group.resume[r], program.network),
    );
    this.#seats = { step: group.step, replicas: group.replicas.map((_, r) => r) };
    this.#plans = new BatchPlans(program.batch);
    this.#stepsPerEpoch = stepsPerEpoch(group.splits[0].train.length, program.batch);
    this.#step = group.resume[0].stepInEpoch;
    this.#epochStart = group.control.now();
    this.#told = this.#epochStart;
  }

  /** Replicas that are still training. */
  live(): number[] {
    return this.#replicas.flatMap(({ outcome }, replica) => (outcome === null ? [replica] : []));
  }

  outcomes(): Outcome[] {
    return this.#replicas.map(({ outcome }) => outcome ?? 'stopped');
  }

  /** Replicas whose epochs are all done are measured once more, and end. */
  async *endRuns(): AsyncGenerator<TrainEvent> {
    const done = this.live().filter((replica) => this.#replicas[replica].isDone);
    if (done.length === 0) return;
    const request = { seats: this.#seats, replicas: this.#replicas, labels: this.#group.labels };
    const checkStop = () => this.#checkStop();
    const ends = await measureEnds({ ...request, checkStop }, done);
    for (const event of ends ?? []) yield event;
    for (const replica of done) yield* this.#end(replica, ends === null ? 'stopped' : 'done');
  }

  *stopBetweenEpochs(): Generator<TrainEvent> {
    if (this.#step === 0) yield* this.#stop(this.#asked(), 0);
  }

  /** More threads, or fewer replicas: see TrainControl. */
  async reseat(): Promise<void> {
    this.#seats = (await this.#group.control.reseat?.(this.live(), this.#seats)) ?? this.#seats;
  }

  async *trainEpoch(): AsyncGenerator<TrainEvent> {
    const { control } = this.#group;
    const { step, replicas } = this.#seats;
    const seated = replicas.map((replica) => this.#replicas[replica]);
    const hyper = seated.map((replica) => replica.hyper);
    this.#plans.begin(seated.map((replica) => replica.draws));
    this.#epochStart = control.now();
    this.#told = this.#epochStart;
    let told = this.#step;
    for (let index = this.#step; index < this.#stepsPerEpoch; index++) {
      await step.room();
      step.train({ count: step.program.batch, replicas: this.#plans.at(index) }, hyper);
      const last = index + 1 === this.#stepsPerEpoch;
      const due = control.now() - this.#told >= progressSeconds;
      if (!last && !due && !this.#allAsked()) continue;
      yield* this.#collect(told, index + 1);
      told = index + 1;
      await control.breathe();
      if (!last) yield* this.#stop(this.#asked(), index + 1);
      if (this.live().length === 0) return;
    }
    this.#step = 0;
  }

  /** Epoch's end: norms, evaluation, the row, a checkpoint. */
  async *closeEpoch(): AsyncGenerator<TrainEvent> {
    const trainSeconds = this.#told - this.#epochStart;
    const live = this.live();
    for (const replica of live) await this.#takeNorms(replica);
    const valid = await this.#evaluate('validation');
    const wanting = live.filter((replica) => this.#replicas[replica].wantsTrainEvaluation);
    const wanted = valid !== null && wanting.length > 0;
    const trainEval = wanted ? await this.#evaluate('trainEvaluation') : undefined;
    if (valid === null || trainEval === null) return yield* this.#stop(live, this.#stepsPerEpoch);
    for (const number of live) {
      const replica = this.#replicas[number];
      const row = replica.row({
        valid: valid.get(number)!,
        trainEval: (wanting.includes(number) && trainEval?.get(number)) || null,
        steps: this.#stepsPerEpoch,
        batch: this.#seats.step.program.batch,
        trainSeconds,
        seconds: this.#group.control.now() - this.#epochStart,
      });
      yield { type: 'epoch', replica: number, row, gradientNorms: this.#named(replica.norms ?? []) };
      const { loss } = valid.get(number)!;
      if (!Number.isFinite(loss)) yield* this.#diverge(number, this.#stepsPerEpoch, loss);
    }
    for (const replica of this.#replicas) replica.closeEpoch();
    for (const replica of this.live()) {
      yield this.#checkpoint(replica, this.#replicas[replica].isDone ? 'end' : 'epoch', 0);
    }
  }

  /** Waits for what was enqueued from step `from` on; tells step losses, progress and divergence. */
  async *#collect(from: number, to: number): AsyncGenerator<TrainEvent> {
    const { step, replicas } = this.#seats;
    const all = await step.metrics();
    const before = this.#told;
    this.#told = this.#group.control.now();
    for (const [seat, number] of replicas.entries()) {
      const replica = this.#replicas[number];
      if (replica.outcome !== null) continue;
      const { stepLosses, trainCorrect } = all[seat];
      const bad = stepLosses.findIndex((loss) => !Number.isFinite(loss));
      // What came after a loss that is no number depends on when it was seen.
      const losses = bad < 0 ? stepLosses : stepLosses.subarray(0, bad + 1);
      const logged = replica.logged(losses, from, this.#stepsPerEpoch);
      if (logged.steps.length > 0) {
        yield { type: 'steps', replica: number, epoch: replica.epoch + 1, ...logged };
      }
      if (bad >= 0) {
        yield* this.#diverge(number, from + bad + 1, stepLosses[bad]);
        continue;
      }
      for (const loss of losses) replica.lossSum += loss;
      replica.correct += trainCorrect;
      yield {
        type: 'progress',
        replica: number,
        epoch: replica.epoch + 1,
        step: to,
        steps: this.#stepsPerEpoch,
        loss: replica.lossSum / to,
        imagesPerSecond: ((to - from) * step.program.batch) / (this.#told - before),
      };
    }
  }

  async #takeNorms(number: number): Promise<void> {
    const replica = this.#replicas[number];
    replica.norms ??= [...(await this.#seats.step.gradientNorms(this.#seatOf(number)))];
  }

  /** By replica of the group; `null` when stopped on the way. */
  async #evaluate(split: 'validation' | 'trainEvaluation'): Promise<Map<number, EvaluationResult> | null> {
    const indices = (replica: number) => this.#replicas[replica].splits[split];
    const of = (replica: number) => ({
      activations: this.#replicas[replica].activations,
      indices: indices(replica),
    });
    const checkStop = () => this.#checkStop();
    const metrics = await evaluateExamples({ seats: this.#seats, of, checkStop });
    if (metrics === null) return null;
    const { labels } = this.#group;
    return new Map([...metrics].map(([replica, one]) => [replica, summarize(one, indices(replica), labels)]));
  }

  async #checkStop(): Promise<boolean> {
    await this.#group.control.breathe();
    return this.#allAsked();
  }

  /** Live replicas that are to stop. */
  #asked(): number[] {
    return this.live().filter((replica) => this.#group.control.stopRequested(replica));
  }

  #allAsked(): boolean {
    return this.live().every((replica) => this.#group.control.stopRequested(replica));
  }

  *#stop(replicas: readonly number[], stepInEpoch: number): Generator<TrainEvent> {
    for (const replica of replicas) {
      yield this.#checkpoint(replica, 'stop', stepInEpoch);
      yield* this.#end(replica, 'stopped');
    }
  }

  *#diverge(number: number, step: number, loss: number): Generator<TrainEvent> {
    yield { type: 'diverged', replica: number, epoch: this.#replicas[number].epoch + 1, step, loss };
    yield* this.#end(number, 'diverged');
  }

  *#end(replica: number, outcome: Outcome): Generator<TrainEvent> {
    this.#replicas[replica].outcome = outcome;
    yield { type: 'ended', replica, outcome, readState: () => this.#readState(replica) };
  }

  #checkpoint(replica: number, reason: CheckpointEvent['reason'], stepInEpoch: number): CheckpointEvent {
    const seconds = this.#group.control.now() - this.#epochStart;
    const position = this.#replicas[replica].position(stepInEpoch, seconds);
    return { type: 'checkpoint', replica, reason, position, readState: () => this.#readState(replica) };
  }

  #readState(replica: number) {
    return this.#seats.step.readState(this.#seatOf(replica));
  }

  #seatOf(replica: number): number {
    return this.#seats.replicas.indexOf(replica);
  }

  #named(norms: readonly number[]): Record<string, number> {
    return Object.fromEntries(this.#seats.step.program.parameters.map(({ name }, i) => [name, norms[i]]));
  }
}
