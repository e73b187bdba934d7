/**
 * Times training steps of MobileNet on a WebGPU adapter: R runs in lockstep, in a warm loop, the host planning ahead as it does
 * while training. Then each call of the Program in a compute pass of its own, between timestamps.
 *
 *   node bench/gpu/steps.mjs --adapter webgpu --width 1 --batch 128 --replicas 1,7,21 --seconds 4 [--calls] [--json FILE]
 *
 * Prints a line per R at once; with --json appends one JSON object a line. Where timestamps are not to be had --calls is left out.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createWebgpuNodeStep } from '#dist/backends/webgpu/node/createStep.js';
import { compile } from '#dist/compile/compile.js';
import { initialState } from '#dist/compile/initial.js';
import { buildNetwork } from '#dist/nn/build.js';

const { values: options } = parseArgs({
  options: {
    adapter: { type: 'string', default: 'webgpu' },
    width: { type: 'string', default: '1' },
    batch: { type: 'string', default: '128' },
    replicas: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '4' },
    calls: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const batch = Number(options.batch);
const examples = 2048;
const say = (text) => process.stdout.write(`${text}\n`);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const source = {
  pixels: Uint8Array.from({ length: examples * 3072 }, (_, i) => (i * 2654435761) >>> 24),
  labels: Uint16Array.from({ length: examples }, (_, i) => (i * 7) % 100),
  channels: 3,
  height: 32,
  width: 32,
  mean: [0.5, 0.5, 0.5],
  deviation: [0.25, 0.25, 0.25],
};

/** Batches that differ from step to step, shared by all replicas, as in a study of one seed. */
function batchesOf(replicas) {
  return Array.from({ length: 16 }, (_, k) => {
    const replica = {
      indices: Int32Array.from({ length: batch }, (_, i) => (k * batch + i * 5) % examples),
      shiftY: Int8Array.from({ length: batch }, (_, i) => ((i + k) % 9) - 4),
      shiftX: Int8Array.from({ length: batch }, (_, i) => ((i * 3 + k) % 9) - 4),
      flip: Uint8Array.from({ length: batch }, (_, i) => (i + k) % 2),
    };
    return { count: batch, replicas: Array.from({ length: replicas }, () => replica) };
  });
}

/** Windows of steps, each ended by metrics(): ms a step on the clock, and ms of the host's own work in train(). */
async function timeSteps(step, plans, hypers, seconds) {
  let next = 0;
  const window = async (count) => {
    const start = performance.now();
    let host = 0;
    for (let i = 0; i < count; i++) {
      const room = step.room();
      if (room !== null) await room;
      const before = performance.now();
      step.train(plans[next++ % plans.length], hypers);
      host += performance.now() - before;
    }
    const metrics = await step.metrics();
    return { wall: (performance.now() - start) / count, host: host / count, metrics };
  };
  const { wall: first } = await window(1);
  const least = seconds < 1 ? 1 : 4;
  const { wall: warm } = await window(least);
  const count = Math.max(least, Math.min(1000, Math.ceil((1000 * seconds) / 5 / warm)));
  const windows = [];
  const end = performance.now() + 1000 * seconds;
  while (windows.length < 3 || (performance.now() < end && windows.length < 15))
    windows.push(await window(count));
  const losses = windows.at(-1).metrics.map(({ stepLosses }) => stepLosses.at(-1));
  return {
    firstMs: first,
    stepMs: median(windows.map(({ wall }) => wall)),
    fastestMs: windows.reduce((least, { wall }) => Math.min(least, wall), Number.POSITIVE_INFINITY),
    hostMs: median(windows.map(({ host }) => host)),
    steps: count * windows.length,
    losses,
  };
}

/** ms on the GPU of each unit of the training step: the median of 7, each unit in a pass of its own. */
async function timeCalls(step) {
  const { engine, plan } = step;
  const { device } = engine;
  if (!device.features.has('timestamp-query')) return null;
  const units = plan.train.length;
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * units });
  const bytes = 16 * units;
  const resolved = device.createBuffer({ size: bytes, usage: 0x200 | 4 });
  const copy = device.createBuffer({ size: bytes, usage: 1 | 8 });
  const rounds = [];
  for (let round = 0; round < 9; round++) {
    const encoder = device.createCommandEncoder();
    for (let unit = 0; unit < units; unit++) {
      const timestampWrites = {
        querySet,
        beginningOfPassWriteIndex: 2 * unit,
        endOfPassWriteIndex: 2 * unit + 1,
      };
      const pass = encoder.beginComputePass({ timestampWrites });
      engine.encodeUnit(pass, 'train', unit);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, 2 * units, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, copy, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await copy.mapAsync(1);
    const times = new BigUint64Array(copy.getMappedRange().slice(0));
    copy.unmap();
    if (round > 1)
      rounds.push(Array.from({ length: units }, (_, u) => Number(times[2 * u + 1] - times[2 * u]) / 1e6));
  }
  for (const buffer of [resolved, copy]) buffer.destroy();
  querySet.destroy();
  return plan.train.map((unit, u) => ({
    unit: u,
    name: unit.name ?? unit.call?.kernel ?? unit.dispatches[0]?.kernel.key ?? '',
    keys: unit.dispatches.map(({ kernel }) => kernel.key),
    groups: unit.dispatches.map(({ groups }) => groups.join('x')),
    ms: median(rounds.map((round) => round[u])),
  }));
}

async function measure(replicas) {
  const network = buildNetwork(
    { name: 'mobilenet', width: Number(options.width) },
    { height: 32, width: 32, channels: 3, classes: 100 },
  );
  const program = compile(network, { batch, replicas });
  const start = performance.now();
  const step = await createWebgpuNodeStep(program, { adapter: options.adapter });
  const startMs = performance.now() - start;
  step.load(source);
  for (let r = 0; r < replicas; r++) await step.writeState(r, initialState(program, r));
  const activations = program.network.activationSlots.map(() => 'relu');
  const hypers = Array.from({ length: replicas }, (_, r) => ({
    optimizer: 'sgd',
    learningRate: 0.01 * (1 + (r % 7)),
    momentum: 0.9,
    dampening: 0,
    nesterov: false,
    weightDecay: 0,
    activations,
  }));
  const times = await timeSteps(step, batchesOf(replicas), hypers, Number(options.seconds));
  const calls = options.calls ? await timeCalls(step) : null;
  const dispatches = step.plan.train.reduce((sum, unit) => sum + unit.dispatches.length, 0);
  const pipelines = new Set(
    step.plan.train.flatMap((unit) => unit.dispatches.map(({ kernel }) => kernel.key)),
  ).size;
  const memoryBytes = step.memoryBytes;
  const { description } = step;
  await step.dispose();
  return {
    width: Number(options.width),
    batch,
    replicas,
    dispatches,
    pipelines,
    startMs,
    memoryBytes,
    ...times,
    calls,
    description,
  };
}

/** The units by kind of kernel, and the slowest ones. */
function sayCalls(calls, replicas) {
  const total = calls.reduce((sum, { ms }) => sum + ms, 0);
  const kinds = new Map();
  for (const { keys, ms } of calls) {
    const kind = keys.map((key) => key.split(/[^A-Za-z]/)[0]).join('+');
    kinds.set(kind, (kinds.get(kind) ?? 0) + ms);
  }
  say(`  R = ${replicas}, calls alone: ${total.toFixed(3)} ms`);
  for (const [kind, ms] of [...kinds].sort((a, b) => b[1] - a[1])) say(`    ${ms.toFixed(3)} ms  ${kind}`);
  for (const { unit, name, keys, groups, ms } of [...calls].sort((a, b) => b.ms - a.ms).slice(0, 24)) {
    say(`    ${ms.toFixed(4)} ms  #${unit} ${name} ${keys.join(' + ')} ${groups.join(' ')}`);
  }
}

let failed = 0;
for (const replicas of options.replicas.split(',').map(Number)) {
  try {
    const result = await measure(replicas);
    const { stepMs, fastestMs, hostMs, startMs, firstMs, memoryBytes, dispatches, pipelines, losses } =
      result;
    say(
      `width ${options.width}, batch ${batch}, R = ${replicas}: ${stepMs.toFixed(3)} ms a step (fastest window ${fastestMs.toFixed(3)}), ` +
        `${(stepMs / replicas).toFixed(3)} a run; host ${hostMs.toFixed(3)} ms; ${dispatches} dispatches, ${pipelines} pipelines; ` +
        `start ${startMs.toFixed(0)} ms, first step ${firstMs.toFixed(0)}; ${(memoryBytes / 1e9).toFixed(2)} GB; ` +
        `last losses ${losses
          .slice(0, 3)
          .map((loss) => loss.toFixed(3))
          .join(' ')}`,
    );
    if (result.calls !== null) sayCalls(result.calls, replicas);
    if (options.json) appendFileSync(options.json, `${JSON.stringify(result)}\n`);
  } catch (error) {
    failed++;
    say(`width ${options.width}, R = ${replicas}: FAILED ${error.message}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
