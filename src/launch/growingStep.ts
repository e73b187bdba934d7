/** A run's step, whose team of threads grows as other runs end. */
import { openStep, type WasmChoice } from '../backends/node/openStep.js';
import type { Program } from '../compile/program.js';
import type { PixelSource, Step } from '../compile/step.js';

export class GrowingStep {
  readonly #program: Program;
  readonly #source: PixelSource;
  #options: WasmChoice;
  #step: Step;

  private constructor(program: Program, source: PixelSource, options: WasmChoice, step: Step) {
    this.#program = program;
    this.#source = source;
    this.#options = options;
    this.#step = step;
  }

  static async open(program: Program, source: PixelSource, options: WasmChoice): Promise<GrowingStep> {
    const step = await openStep(program, options);
    step.load(source);
    return new GrowingStep(program, source, options, step);
  }

  /** The step to use now; another one after `grow`. */
  get current(): Step {
    return this.#step;
  }

  get threads(): number {
    return this.#options.threads;
  }

  /**
   * Starts a team of `threads` threads, hands the state over, and ends the old team. No result depends on it. To be
   * called when nothing is waited for: between two epochs.
   */
  async grow(threads: number): Promise<void> {
    const options = { ...this.#options, threads };
    const larger = await openStep(this.#program, options);
    larger.load(this.#source);
    await larger.writeState(0, await this.#step.readState(0));
    const old = this.#step;
    this.#step = larger;
    this.#options = options;
    await old.dispose();
  }

  async dispose(): Promise<void> {
    await this.#step.dispose();
  }
}
