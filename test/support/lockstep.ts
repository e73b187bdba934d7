/** Groups of replicas on tiny images, trained by any backend and told in full: for the tests of lockstep. */
import { createHash } from 'node:crypto';
import { type BackendChoice, openStep } from '../../src/backends/node/openStep.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { ReplicaState, Step } from '../../src/compile/step.js';
import { loadDataset } from '../../src/data/node/load.js';
import { shareDataset } from '../../src/launch/compileRun.js';
import { prepareSplits } from '../../src/launch/prepare.js';
import { buildNetwork } from '../../src/nn/build.js';
import { expandTrials } from '../../src/study/expand.js';
import { parseStudy } from '../../src/study/parse.js';
import type { RunConfiguration } from '../../src/study/types.js';
import { type Outcome, startPosition, type TrainEvent, type TrainPosition } from '../../src/train/events.js';
import type { ReplicaTask, TrainControl } from '../../src/train/group.js';
import { trainGroup } from '../../src/train/trainGroup.js';

const source = { name: 'synthetic', classes: 3, train: 36, test: 6 } as const;
export const lockstepDataset = shareDataset(await loadDataset(source, {}));

const text = `
question: Does lockstep change a bit?
name: lockstep
method: one-factor
dataset: { name: synthetic, classes: 3, train: 36, test: 6, validation: 0.25, augment: [crop, flip] }
network: { name: cnn, channels: [3, 4] }
training: { epochs: 2, batchSize: 6, logSteps: 1, optimizer: { name: sgd } }
factors: { learningRate: [0.05, 0.1] }
baseline: { learningRate: 0.05 }
`;

/** One replica's task: the study above, with some of its keys replaced. */
export function taskOf(keys: readonly string[] = [], seed = 0): ReplicaTask {
  const study = parseStudy(text, { set: keys });
  const { configuration } = expandTrials(study)[0];
  return { configuration, seed: { label: seed, data: seed, initial: seed } };
}

/** What one replica gave: everything but times, states as digests of their bits. */
export interface Told {
  outcome: Outcome | null;
  readonly rows: unknown[];
  readonly steps: [number, number][];
  readonly ends: unknown[];
  /** `reason epoch.step digest`. */
  readonly checkpoints: string[];
  diverged: string | null;
  /** At its end. */
  state: string | null;
  /** Of the last checkpoint. */
  resume: { readonly state: ReplicaState; readonly position: TrainPosition } | null;
}

export interface GroupOptions {
  readonly control?: Partial<TrainControl>;
  readonly resume?: readonly NonNullable<Told['resume']>[];
  readonly onEvent?: (event: TrainEvent) => void;
  /** In place of one that is opened. */
  readonly step?: Step;
}

export function digestOf(state: ReplicaState): string {
  const hash = createHash('sha256').update(String(state.steps));
  for (const part of [state.parameters, state.statistics, state.optimizer]) {
    for (const [name, values] of part) {
      hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** A Step for so many replicas of the study's network. */
export async function openFor(
  configuration: RunConfiguration,
  replicas: number,
  choice: BackendChoice,
): Promise<Step> {
  const { height, width, channels, classes } = lockstepDataset;
  const network = buildNetwork(configuration.network, { height, width, channels, classes });
  const step = await openStep(
    compile(network, { batch: configuration.training.batchSize, replicas }),
    choice,
  );
  step.load(lockstepDataset);
  return step;
}

/** Trains the replicas together and gives what each told. */
export async function trainTogether(
  tasks: readonly ReplicaTask[],
  choice: BackendChoice,
  options: GroupOptions = {},
): Promise<Told[]> {
  let clock = 0;
  const step = options.step ?? (await openFor(tasks[0].configuration, tasks.length, choice));
  const { program } = step;
  for (const [r, { seed }] of tasks.entries()) {
    await step.writeState(r, options.resume?.[r].state ?? initialState(program, seed.initial));
  }
  const shared = new Map<string, ReturnType<typeof prepareSplits>>();
  const splitOf = ({ configuration, seed }: ReplicaTask) => {
    const { splitSeed } = configuration.dataset;
    const key = JSON.stringify([configuration.dataset, splitSeed === 'per-seed' ? seed.label : null]);
    const split = shared.get(key) ?? prepareSplits(lockstepDataset, configuration.dataset, seed);
    shared.set(key, split);
    return split;
  };
  const told = tasks.map(
    (): Told => ({
      outcome: null,
      rows: [],
      steps: [],
      ends: [],
      checkpoints: [],
      diverged: null,
      state: null,
      resume: null,
    }),
  );
  let seated = step;
  const { reseat, ...control } = options.control ?? {};
  const events = trainGroup({
    step,
    labels: lockstepDataset.labels,
    splits: tasks.map(splitOf),
    replicas: tasks,
    resume: options.resume?.map(({ position }) => position) ?? tasks.map(() => startPosition),
    control: {
      stopRequested: () => false,
      breathe: async () => {},
      now: () => {
        clock += 0.1;
        return clock;
      },
      ...control,
      ...(reseat === undefined
        ? {}
        : {
            reseat: async (live, seats) => {
              const next = await reseat(live, seats);
              seated = next.step;
              return next;
            },
          }),
    },
  });
  try {
    for await (const event of events) {
      options.onEvent?.(event);
      await tell(told[event.replica], event);
    }
  } finally {
    await seated.dispose();
  }
  return told;
}

async function tell(told: Told, event: TrainEvent): Promise<void> {
  switch (event.type) {
    case 'steps':
      event.steps.forEach((step, i) => {
        told.steps.push([step, event.losses[i]]);
      });
      break;
    case 'epoch': {
      const { seconds: _, imagesPerSecond: __, ...row } = event.row;
      told.rows.push({ ...row, norms: event.gradientNorms });
      break;
    }
    case 'checkpoint': {
      const state = await event.readState();
      const { epoch, stepInEpoch } = event.position;
      told.checkpoints.push(`${event.reason} ${epoch}.${stepInEpoch} ${digestOf(state)}`);
      told.resume = { state, position: event.position };
      break;
    }
    case 'diverged':
      told.diverged = `${event.epoch}.${event.step}`;
      break;
    case 'end': {
      const { replica: _, ...end } = event;
      told.ends.push(end);
      break;
    }
    case 'ended':
      told.outcome = event.outcome;
      told.state = event.outcome === 'diverged' ? null : digestOf(await event.readState());
      break;
    case 'progress':
      break;
    default:
      event satisfies never;
  }
}
