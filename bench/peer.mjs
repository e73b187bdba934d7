/**
 * Ceteris and PyTorch on the same machine, in turns: every round starts one process of each side, and the ratio is taken
 * within the round. Run by `npm run bench:peer -- [options]`, after the build.
 *
 *   --node PATH        a Node to run ceteris with (repeatable; default: this one)
 *   --cpu-vectors 256  run ceteris a second time, with 256-bit vectors, where that Node can
 *   --isa avx2         limit PyTorch's instructions (repeatable: native, avx2; default native)
 *   --python PATH      the Python that has PyTorch (default python3)
 *   --threads, --rounds, --steps, --width, --batch, --json
 */
import {
  cores,
  count,
  finish,
  inTurns,
  isMain,
  machine,
  machineText,
  main,
  output,
  readOptions,
  refuse,
  root,
  spread,
  spreadText,
  table,
} from './support.mjs';

const isas = {
  native: {},
  avx2: { ONEDNN_MAX_CPU_ISA: 'AVX2', DNNL_MAX_CPU_ISA: 'AVX2', ATEN_CPU_CAPABILITY: 'avx2' },
};

/** Whether PyTorch is there, before anything is timed. */
async function requirePyTorch(python) {
  try {
    await output(python, ['-c', 'import torch']);
  } catch {
    throw new Error(
      `${python} has no PyTorch: install it (Debian: apt-get install python3-torch), or name another Python with --python`,
    );
  }
}

/** Whether this Node takes the vectors: a tiny step is tried, and a refusal is told. */
async function hasVectors(node, version, vectors) {
  try {
    await ceterisSide(node, { threads: 1, steps: 1, width: 0.25, batch: 8 }, vectors)();
    return true;
  } catch (error) {
    process.stderr.write(`left out: Node ${version} with ${vectors}-bit vectors\n${error.message}\n`);
    return false;
  }
}

function ceterisSide(node, options, vectors) {
  const { threads, steps, width, batch } = options;
  const sizes = ['--threads', threads, '--steps', steps, '--width', width, '--batch', batch].map(String);
  const extra = vectors === undefined ? [] : ['--cpu-vectors', String(vectors)];
  return async () => JSON.parse(await output(node, [main, 'bench', 'step', '--json', ...sizes, ...extra]));
}

function pytorchSide(isa, options) {
  const { threads, steps, width, batch, python } = options;
  const sizes = ['--threads', threads, '--steps', steps, '--width', width, '--batch', batch].map(String);
  const environment = { OMP_NUM_THREADS: String(threads), ...isas[isa] };
  return async () =>
    JSON.parse(await output(python, [`${root}/bench/pytorch_step.py`, ...sizes], environment));
}

export async function measurePeer(options) {
  const where = await machine();
  await requirePyTorch(options.python);
  const ours = {};
  for (const node of options.nodes) {
    const version = (await output(node, ['--version'])).trim();
    ours[`ceteris, Node ${version}`] = ceterisSide(node, options);
    if (options.vectors !== undefined && (await hasVectors(node, version, options.vectors))) {
      ours[`ceteris, Node ${version}, ${options.vectors}-bit`] = ceterisSide(node, options, options.vectors);
    }
  }
  const peers = Object.fromEntries(options.isas.map((isa) => [`PyTorch, ${isa}`, pytorchSide(isa, options)]));
  const results = await inTurns(options.rounds, { ...ours, ...peers });
  const side = (name) => ({
    name,
    kernels:
      results[name][0].kernels ??
      `PyTorch ${results[name][0].torch}, oneDNN: ${results[name][0].isa.oneDNN}, ATen: ${results[name][0].isa.ATen}`,
    train: spread(results[name].map((one) => one.train.medianMs)),
    evaluate: spread(results[name].map((one) => one.evaluate.medianMs)),
  });
  const ratio = (name, peer, kind) =>
    spread(results[name].map((one, round) => one[kind].medianMs / results[peer][round][kind].medianMs));
  return {
    machine: where,
    ...Object.fromEntries(['threads', 'rounds', 'steps', 'width', 'batch'].map((key) => [key, options[key]])),
    // What the machine gave meanwhile: neighbours on its cores are seen here and nowhere else.
    peak: spread(results[Object.keys(ours)[0]].map((one) => one.peak.gflops)),
    sides: Object.keys(results).map(side),
    ratios: Object.keys(ours).flatMap((name) =>
      Object.keys(peers).map((peer) => ({
        name,
        peer,
        train: ratio(name, peer, 'train'),
        evaluate: ratio(name, peer, 'evaluate'),
      })),
    ),
  };
}

export function peerTables(result) {
  const peak =
    result.peak === undefined
      ? ''
      : `; multiply-add at 128 bits in each round: ${spreadText(result.peak, 0)} GFLOPS`;
  const { machine: where, threads, rounds, steps, width, batch } = result;
  return [
    `${machineText(where)}; MobileNet, width ${width}, batch ${batch}, ${threads} threads; ${rounds} rounds in turns, each the median of ${steps} steps${peak}. Median over the rounds (least to largest).`,
    table(
      ['', 'kernels', 'training step, ms', 'evaluation step, ms'],
      result.sides.map(({ name, kernels, train, evaluate }) => [
        name,
        kernels,
        spreadText(train, 0),
        spreadText(evaluate, 0),
      ]),
    ),
    table(
      ['time / time', 'training', 'evaluation'],
      result.ratios.map(({ name, peer, train, evaluate }) => [
        `${name} / ${peer}`,
        spreadText(train),
        spreadText(evaluate),
      ]),
    ),
  ].join('\n\n');
}

if (isMain(import.meta.url)) {
  const flags = readOptions({
    node: { type: 'string', multiple: true, default: [process.execPath] },
    'cpu-vectors': { type: 'string' },
    isa: { type: 'string', multiple: true, default: ['native'] },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: cores },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '15' },
    width: { type: 'string', default: '1' },
    batch: { type: 'string', default: '128' },
    json: { type: 'boolean', default: false },
  });
  for (const isa of flags.isa)
    if (!(isa in isas)) refuse(`--isa: one of ${Object.keys(isas).join(', ')}, not ${isa}`);
  const options = {
    nodes: flags.node,
    vectors: flags['cpu-vectors'],
    isas: flags.isa,
    python: flags.python,
    width: flags.width,
    ...Object.fromEntries(
      ['threads', 'rounds', 'steps', 'batch'].map((key) => [key, count(key, flags[key])]),
    ),
  };
  await finish(() => measurePeer(options), { json: flags.json, text: peerTables });
}
