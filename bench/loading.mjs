/**
 * What loading, split, augmentation and the writing of batches take of the real training loop, on CIFAR-100. Run by
 * `npm run bench:loading -- --data-dir DIRECTORY [--steps 60] [--threads 2] [--width 1] [--json]`, after the build.
 */
import { openStep } from '#dist/backends/node/openStep.js';
import { compileFor } from '#dist/bench/subject.js';
import { initialState } from '#dist/compile/initial.js';
import { loadDataset } from '#dist/data/node/load.js';
import { prepareSplits } from '#dist/launch/prepare.js';
import { parseStudy } from '#dist/study/parse.js';
import { startPosition } from '#dist/train/events.js';
import { trainGroup } from '#dist/train/trainGroup.js';
import { cores, count, finish, isMain, machine, machineText, readOptions, table } from './support.mjs';

const text = `name: loading
dataset: { name: cifar100, validation: 0.2, splitSeed: 42, augment: [crop, flip] }
training: { epochs: 1, batchSize: 128, optimizer: { name: sgd, momentum: 0.9 } }
`;

async function timed(work) {
  const start = performance.now();
  const value = await work();
  return [value, performance.now() - start];
}

/** A Step that passes everything on, and keeps the time of each training step and of its kernels. */
function watched(step, steps) {
  return new Proxy(step, {
    get(target, key) {
      if (key !== 'train') return typeof target[key] === 'function' ? target[key].bind(target) : target[key];
      return (plan, hyper) => {
        const start = performance.now();
        const calls = target.measure(() => target.train(plan, hyper));
        const end = performance.now();
        const sum = (wanted) => calls.filter(wanted).reduce((total, call) => total + call.milliseconds, 0);
        steps.push({
          start,
          end,
          kernels: sum(() => true),
          gather: sum(({ kernel }) => kernel === 'gather'),
        });
      };
    },
  });
}

export async function measureLoading({ dataDir, steps: wanted, threads, width }) {
  const where = await machine();
  const { baseline, seeds } = parseStudy(text, { file: 'loading.yaml' });
  const [dataset, loadMs] = await timed(() => loadDataset({ name: 'cifar100' }, { dataDir }));
  const [splits, splitMs] = await timed(async () => prepareSplits(dataset, baseline.dataset, seeds[0]));
  const program = compileFor({ name: 'mobilenet', width }, 128);
  const step = await openStep(program, { backend: 'wasm', threads });
  await step.writeState(0, initialState(program, 0));
  step.load(dataset);
  const steps = [];
  const control = {
    stopRequested: () => steps.length > wanted,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    now: () => performance.now() / 1000,
  };
  const replicas = [{ configuration: baseline, seed: seeds[0] }];
  const group = {
    step: watched(step, steps),
    labels: dataset.labels,
    splits: [splits],
    replicas,
    resume: [startPosition],
    control,
  };
  const [, ran] = await timed(async () => {
    for await (const event of trainGroup(group)) if (event.type === 'epoch') break;
  });
  await step.dispose();
  // The first step compiles the kernels in full, and stands outside; so does what comes after the last.
  const counted = steps.slice(1, wanted + 1);
  const total = counted[counted.length - 1].end - steps[0].end;
  const sum = (value) => counted.reduce((all, one) => all + value(one), 0);
  const inside = sum(({ start, end }) => end - start);
  const parts = {
    'order, crops, flips, and what the loop tells': total - inside,
    'writing the batch, reading its losses': inside - sum(({ kernels }) => kernels),
    'crop, flip and normalize (kernel gather)': sum(({ gather }) => gather),
  };
  const share = Object.values(parts).reduce((all, one) => all + one, 0) / total;
  return {
    machine: where,
    node: process.version,
    threads,
    width,
    steps: counted.length,
    loadMs,
    splitMs,
    ranMs: ran,
    stepMs: total / counted.length,
    parts: Object.fromEntries(Object.entries(parts).map(([name, ms]) => [name, ms / counted.length])),
    share,
  };
}

export function loadingTable(result) {
  const percent = (ms) => `${((100 * ms) / result.stepMs).toFixed(2)}%`;
  return [
    `${machineText(result.machine)}, Node ${result.node}; MobileNet, width ${result.width}, batch 128, ${result.threads} threads; ${result.steps} steps of the training loop on CIFAR-100. Once for a study, reading and checking the dataset: ${(result.loadMs / 1000).toFixed(2)} s; once for a run, the split: ${result.splitMs.toFixed(0)} ms.`,
    table(
      ['of a step', 'ms', 'share'],
      [
        ...Object.entries(result.parts).map(([name, ms]) => [name, ms.toFixed(2), percent(ms)]),
        ['together', (result.share * result.stepMs).toFixed(2), `${(100 * result.share).toFixed(2)}%`],
        ['the whole step', result.stepMs.toFixed(1), '100%'],
      ],
    ),
  ].join('\n\n');
}

if (isMain(import.meta.url)) {
  const flags = readOptions({
    'data-dir': { type: 'string' },
    steps: { type: 'string', default: '60' },
    threads: { type: 'string', default: cores },
    width: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  });
  const options = {
    dataDir: flags['data-dir'],
    steps: count('steps', flags.steps),
    threads: count('threads', flags.threads),
    width: Number(flags.width),
  };
  await finish(() => measureLoading(options), { json: flags.json, text: loadingTable });
}
