/** The WebAssembly backend in Node: variant by probing, threads as worker threads over shared memory. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { workError } from '../../../base/errors.js';
import type { Program } from '../../../compile/program.js';
import type { DeviceNeed } from '../../need.js';
import { halvedFrom } from '../memory.js';
import { planWasm, type Team, type WasmPlan, WasmStep } from '../step.js';
import { compileKernels, probeVariant, shapeOf, type Variant } from './variants.js';

export { probeVariant, type Variant } from './variants.js';

export interface WasmOptions {
  readonly threads: number;
  /** Default: relaxed SIMD where the machine has it. `wide` is never chosen by itself: see requireWide. */
  readonly variant?: Variant | undefined;
}

interface Kernels {
  run(list: number, calls: number, team: number, helpers: number, profile: number): void;
  stop(team: number): void;
}

/** How often a waiting thread looks before it sleeps: about a hundred microseconds. */
const patience = 30000;
/** Word of the team's block that holds it: PATIENCE of assembly/team.ts. */
const patienceWord = 65;

/** Word of the team's block that counts a call's units, and what a broken helper leaves there: DONE and BROKEN. */
const doneWord = 16;
const broken = 1 << 30;

/** What a helper thread does: serves the team until it is stopped. One that traps says so, and wakes the caller. */
const helperSource = `
const { workerData, parentPort } = require('node:worker_threads');
const { module, memory, team, thread, port } = workerData;
const env = { memory, now: () => performance.now(), abort() { throw new Error('kernels aborted'); } };
const { help } = new WebAssembly.Instance(module, { env }).exports;
parentPort.postMessage('ready');
try {
  help(team, thread);
} catch (error) {
  port.postMessage(String(error));
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, team / 4 + ${doneWord}, ${broken});
  Atomics.notify(words, team / 4 + ${doneWord});
}
`;

class NodeTeam implements Team {
  readonly memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  readonly #team: number;
  readonly #helpers: Worker[] = [];
  /** Where a helper says why it trapped. */
  readonly #ports: MessagePort[] = [];

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, team: number) {
    this.memory = memory;
    this.#team = team;
    const env = { memory, now: () => performance.now(), abort: () => {} };
    const instance = new WebAssembly.Instance(module, { env });
    this.#kernels = instance.exports as unknown as Kernels;
  }

  /** Starts the helpers and waits until they listen. */
  async start(module: WebAssembly.Module, threads: number): Promise<void> {
    new Int32Array(this.memory.buffer)[this.#team / 4 + patienceWord] = patience;
    const ready: Promise<unknown>[] = [];
    for (let thread = 1; thread < threads; thread++) {
      const { port1, port2: port } = new MessageChannel();
      this.#ports.push(port1);
      const workerData = { module, memory: this.memory, team: this.#team, thread, port };
      const helper = new Worker(helperSource, { eval: true, workerData, transferList: [port] });
      this.#helpers.push(helper);
      ready.push(
        new Promise((resolve, reject) => {
          helper.once('message', resolve);
          helper.once('error', reject);
        }),
      );
    }
    await Promise.all(ready);
    for (const helper of this.#helpers) helper.unref();
  }

  /** @throws a work error where a thread trapped: the team is of no use any more */
  run(address: number, calls: number, profile: number): void {
    try {
      this.#kernels.run(address, calls, this.#team, this.#helpers.length, profile);
    } catch (cause) {
      const told = this.#ports.map((port) => receiveMessageOnPort(port)?.message as string | undefined);
      throw workError({
        what: 'a kernel failed',
        where: 'the WebAssembly backend',
        value: told.find((message) => message !== undefined) ?? String(cause),
        advice: 'run the same command again; where it fails again, report it with the study file',
        cause,
      });
    }
  }

  async dispose(): Promise<void> {
    this.#kernels.stop(this.#team);
    for (const port of this.#ports) port.close();
    await Promise.all(this.#helpers.map((helper) => helper.terminate()));
  }
}

const pageBytes = 65536;
/** WebAssembly addresses 4 GiB. */
const mostPages = 65536;

function pagesOf(plan: Pick<WasmPlan, 'bytes'>): number {
  return Math.ceil(plan.bytes / pageBytes) + 1;
}

/** What a Program takes: planned as for training, nothing allocated. */
export function wasmNeed(program: Program, { threads, variant }: WasmOptions): DeviceNeed {
  const plan = planWasm(program, threads, shapeOf(variant ?? probeVariant(), threads));
  const refusal = pagesOf(plan) > mostPages ? 'WebAssembly addresses 4 GiB' : null;
  return { bytes: plan.bytes, refusal };
}

/**
 * Threads over memory of the planned size.
 * @throws a work error where that is more than the 4 GiB that WebAssembly can address
 */
export async function startTeam(
  plan: Pick<WasmPlan, 'addresses' | 'bytes'>,
  variant: Variant,
  threads: number,
): Promise<Team> {
  const pages = pagesOf(plan);
  if (pages > mostPages) {
    throw workError({
      what: 'the network and batch need too much memory',
      rule: 'at most 4 GiB for the runs of one group',
      value: `${(plan.bytes / 1e9).toFixed(1)} GB`,
      advice: 'use a smaller training.batchSize or network, or fewer runs in lockstep',
    });
  }
  const module = compileKernels(variant);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const team = new NodeTeam(module, memory, plan.addresses.team);
  await team.start(module, threads);
  return team;
}

/**
 * A Step on the CPU. Results are bit-identical for any number of threads.
 * @throws a work error where the network needs more than the 4 GiB that WebAssembly can address
 */
export async function createWasmStep(program: Program, options: WasmOptions): Promise<WasmStep> {
  const best = probeVariant();
  const variant = options.variant ?? best;
  const shape = shapeOf(variant, options.threads);
  const plan = planWasm(program, options.threads, shape);
  const team = await startTeam(plan, variant, options.threads);
  return new WasmStep(program, plan, team, {
    backend: 'wasm',
    variant,
    precision: 'float32',
    tiles: {
      product: `${shape.tile}x${shape.panel}`,
      'products of halves': `from ${halvedFrom} channels on`,
    },
    threads: options.threads,
  });
}
