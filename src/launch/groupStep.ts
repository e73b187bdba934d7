/** The Step of a group, opened anew as threads become free or replicas end. No result depends on that. */
import { type BackendChoice, openStep } from '../backends/node/openStep.js';
import type { Program } from '../compile/program.js';
import type { PixelSource, ReplicaState, Step } from '../compile/step.js';

export interface GroupStepOptions {
  /** The Program of so many replicas. */
  readonly compile: (replicas: number) => Program;
  readonly source: PixelSource;
  readonly choice: BackendChoice;
}

export class GroupStep {
  readonly #options: GroupStepOptions;
  #choice: BackendChoice;
  #step: Step;
  /** Seconds that opening it took: what opening it anew costs. */
  readonly openSeconds: number;

  private constructor(options: GroupStepOptions, step: Step, openSeconds: number) {
    this.#options = options;
    this.#choice = options.choice;
    this.#step = step;
    this.openSeconds = openSeconds;
  }

  static async open(options: GroupStepOptions, replicas: number): Promise<GroupStep> {
    const start = performance.now();
    const step = await openStep(options.compile(replicas), options.choice);
    try {
      step.load(options.source);
    } catch (error) {
      await step.dispose();
      throw error;
    }
    return new GroupStep(options, step, (performance.now() - start) / 1000);
  }

  /** The step to use now; another one after `reopen`. */
  get current(): Step {
    return this.#step;
  }

  /** Threads that it works with; more of them are of use on the CPU only. */
  get threads(): number {
    return this.#choice.backend === 'wasm' ? this.#choice.threads : 1;
  }

  /**
   * Goes on with the replicas at these places, in this order, and with other threads. To be called when nothing is
   * waited for: between two epochs. The old Step ends before the new one begins, so that memory need not hold both.
   */
  async reopen(seats: readonly number[], threads = this.threads): Promise<void> {
    if (this.#choice.backend === 'wasm') this.#choice = { ...this.#choice, threads };
    // Dispatches of as many runs or more were short enough: what else keeps the GPU busy by now must not end the group.
    if (this.#choice.backend === 'webgpu') this.#choice = { ...this.#choice, longestDispatch: null };
    const states: ReplicaState[] = [];
    for (const seat of seats) states.push(await this.#step.readState(seat));
    await this.#step.dispose();
    this.#step = await openStep(this.#options.compile(seats.length), this.#choice);
    this.#step.load(this.#options.source);
    for (const [seat, state] of states.entries()) await this.#step.writeState(seat, state);
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
  }
}
