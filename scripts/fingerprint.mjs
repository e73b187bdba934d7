/**
 * A fingerprint of every trained bit: trains fixed steps of fixed networks with the reference and with every variant of
 * the kernels that this Node has, and prints a sha256 of what each left (losses, gradients, weights, statistics, the
 * optimizer's state, logits of an evaluation). What changes no bit leaves every line as it was. The data are made here.
 * Run by `npm run fingerprint [-- --small] [--json]`, after the build; `--small` leaves the full width out.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createReferenceStep } from '#dist/backends/reference/step.js';
import { createWasmStep, probeVariant } from '#dist/backends/wasm/node/createStep.js';
import { compile } from '#dist/compile/compile.js';
import { initialState } from '#dist/compile/initial.js';
import { buildNetwork } from '#dist/nn/build.js';

const { values: options } = parseArgs({
  options: { small: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const classes = 10;
const images = 160;

/** Integers below `bound` that depend on nothing but their index. */
const draw = (i, bound) => (Math.imul(i + 1, 2654435761) >>> 13) % bound;

function sourceOf({ height, width, channels }) {
  return {
    pixels: Uint8Array.from({ length: images * channels * height * width }, (_, i) => draw(i, 256)),
    labels: Uint8Array.from({ length: images }, (_, i) => draw(7 * i, classes)),
    channels,
    height,
    width,
    mean: [0.5, 0.4, 0.45],
    deviation: [0.25, 0.26, 0.27],
  };
}

function planOf(batch, step, count = batch) {
  const each = (Type, make) => Type.from({ length: batch }, (_, i) => make(step * batch + i));
  const replica = {
    indices: each(Int32Array, (i) => i % images),
    shiftY: each(Int8Array, (i) => draw(3 * i, 9) - 4),
    shiftX: each(Int8Array, (i) => draw(3 * i + 1, 9) - 4),
    flip: each(Uint8Array, (i) => draw(3 * i + 2, 2)),
  };
  return { count, replicas: [replica] };
}

const activation = { type: 'activation', slot: 0 };
const batchNorm = (name) => ({ type: 'batchNorm', name, epsilon: 1e-5, momentum: 0.1 });
const convolution = (name, outChannels, kernel, over = {}) => ({
  type: 'convolution',
  name,
  outChannels,
  kernel,
  stride: 1,
  padding: (kernel - 1) / 2,
  depthwise: false,
  bias: false,
  ...over,
});

/** Sizes that divide no tile, every kind of layer. */
const odd = {
  name: 'odd',
  input: { height: 9, width: 9, channels: 3 },
  classes,
  layers: [
    convolution('c1', 5, 3),
    batchNorm('b1'),
    activation,
    convolution('d1', 5, 5, { depthwise: true }),
    batchNorm('b2'),
    activation,
    convolution('p1', 37, 1),
    batchNorm('b3'),
    activation,
    convolution('d2', 37, 3, { stride: 2, depthwise: true }),
    batchNorm('b4'),
    activation,
    convolution('c2', 10, 3, { stride: 2, bias: true }),
    activation,
    convolution('c3', 6, 2, { padding: 0 }),
    batchNorm('b6'),
    activation,
    { type: 'averagePool', size: 2 },
    { type: 'linear', name: 'fc', outFeatures: classes },
  ],
  activationSlots: [{ block: 0 }],
  blocks: 1,
};

const ends = { height: 32, width: 32, channels: 3, classes };
const sgd = { optimizer: 'sgd', learningRate: 0.05, momentum: 0.9, dampening: 0, nesterov: false };
const adam = { ...sgd, optimizer: 'adam', learningRate: 0.002 };
const all = ['relu', 'sigmoid', 'tanh', 'leakyRelu', 'elu', 'gelu', 'silu', 'hardSwish'];

const cases = {
  odd: { network: odd, batch: 7, steps: 4, hyper: { ...adam, weightDecay: 0.001 }, names: ['silu'] },
  mlp: {
    network: buildNetwork({ name: 'mlp', hidden: [131, 18] }, { ...ends, height: 8, width: 8 }),
    batch: 33,
    steps: 6,
    hyper: { ...sgd, nesterov: true, weightDecay: 0.0005 },
    names: ['gelu', 'elu'],
  },
  cnn: {
    network: buildNetwork({ name: 'cnn', channels: [8, 20, 136] }, ends),
    batch: 9,
    steps: 3,
    hyper: { ...adam, optimizer: 'adamw', weightDecay: 0.01 },
    names: ['relu', 'leakyRelu', 'hardSwish'],
  },
  'mobilenet, width 0.25': {
    network: buildNetwork({ name: 'mobilenet', width: 0.25 }, ends),
    batch: 6,
    steps: 3,
    hyper: { ...sgd, weightDecay: 0.0005 },
    names: all,
  },
  'mobilenet, full width': {
    network: buildNetwork({ name: 'mobilenet', width: 1 }, ends),
    batch: 128,
    steps: 1,
    hyper: { ...sgd, weightDecay: 0.0005 },
    names: ['relu'],
    full: true,
  },
};

/** Trains, evaluates a partial batch, and hashes all that can be read. */
async function fingerprint({ network, batch, steps, hyper, names }, open) {
  const step = await open(compile(network, { batch, replicas: 1 }));
  const hash = createHash('sha256');
  const add = (values) => hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const addAll = (tensors) => {
    for (const [name, values] of tensors) {
      hash.update(name);
      add(values);
    }
  };
  const activations = network.activationSlots.map((_, slot) => names[slot % names.length]);
  step.load(sourceOf(network.input));
  await step.writeState(0, initialState(step.program, 3));
  for (let i = 0; i < steps; i++) {
    step.train(planOf(batch, i), [{ ...hyper, activations }]);
    addAll(await step.readGradients(0));
  }
  const state = await step.readState(0);
  for (const part of ['parameters', 'statistics', 'optimizer']) addAll(state[part]);
  step.evaluate(planOf(batch, steps, batch - 1), { activations: [activations], logits: true });
  const [metrics] = await step.metrics();
  for (const part of ['stepLosses', 'losses', 'predicted', 'logits']) add(metrics[part]);
  await step.dispose();
  return hash.digest('hex');
}

/** How each variant is opened; `wide` last, since it turns an option of V8 on for the whole process. */
function variants() {
  const wasm = (variant) => (program) => createWasmStep(program, { threads: 2, variant });
  const relaxed = probeVariant() === 'relaxed';
  const wide = relaxed && Number.parseInt(process.versions.node, 10) >= 24;
  return {
    float64: (program) => createReferenceStep(program, { precision: 'float64' }),
    float32: (program) => createReferenceStep(program, { precision: 'float32' }),
    plain: wasm('plain'),
    ...(relaxed ? { relaxed: wasm('relaxed') } : {}),
    ...(wide ? { wide: wasm('wide') } : {}),
  };
}

const results = {};
if (!options.json) {
  process.stdout.write(`Node ${process.versions.node}, V8 ${process.versions.v8}, ${process.arch}\n`);
}
for (const [variant, open] of Object.entries(variants())) {
  results[variant] = {};
  const whole = createHash('sha256');
  for (const [name, one] of Object.entries(cases)) {
    // The reference is plain loops: the full width would take it minutes.
    if (one.full && (options.small || variant.startsWith('float'))) continue;
    const digest = await fingerprint(one, open);
    whole.update(digest);
    results[variant][name] = digest;
    if (!options.json) process.stdout.write(`${variant.padEnd(8)} ${digest}  ${name}\n`);
  }
  results[variant].all = whole.digest('hex');
  if (!options.json) process.stdout.write(`${variant.padEnd(8)} ${results[variant].all}  all of these\n`);
}
if (options.json) {
  const { node, v8 } = process.versions;
  process.stdout.write(`${JSON.stringify({ node, v8, arch: process.arch, variants: results }, null, 2)}\n`);
}
process.exit(0);
