/**
 * Ceteris and PyTorch on the same machine, in turns: every side is one process that waits; in every round each makes some
 * training steps, then each some evaluation steps, and the ratio is taken within the round, so that what else the host
 * does strikes all of them. Run by `npm run bench:peer -- [options]`, after the build.
 *
 *   --node PATH        a Node to run ceteris with (repeatable; default: this one)
 *   --cpu-vectors 128  run ceteris a second time with 128-bit vectors, where it has wider ones by default
 *   --isa avx2         limit PyTorch's instructions (repeatable: native, avx2; default native)
 *   --return-memory    run PyTorch a second time with the allocator as it comes (see pytorch_step.py)
 *   --python PATH      the Python that has PyTorch (default python3)
 *   --threads, --rounds, --steps, --width, --batch, --json
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  cores,
  count,
  finish,
  inTurns,
  isMain,
  machine,
  machineText,
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

const server = fileURLToPath(new URL('stepServer.mjs', import.meta.url));

/** A process that makes steps when it is asked to; `hello` is what it says of itself once it is ready. */
async function startSide(name, command, args, environment = {}) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...environment } });
  let told = '';
  child.stderr.on('data', (data) => {
    told += data;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} ended: ${told.trim()}`);
    return JSON.parse(value);
  };
  const ask = (kind, steps) => {
    child.stdin.write(`${kind} ${steps}\n`);
    return answer();
  };
  return { name, hello: await answer(), ask, stop: () => child.stdin.end() };
}

/** What a neighbour's burst does to one round of many does not show in the quartiles. */
const quartiles = (values) => spread(values, 0.25, 0.75);

/** Ours first, then PyTorch's; each stands in `started` as soon as it waits, to be stopped. */
async function startSides(options, started) {
  const { nodes, vectors, isas: named, python, threads, width, batch, returnMemory } = options;
  const sizes = ['--threads', threads, '--width', width, '--batch', batch].map(String);
  const ours = [];
  const peers = [];
  const start = async (list, name, command, args, environment) => {
    const side = await startSide(name, command, args, environment);
    list.push(side);
    started.push(side);
    return side;
  };
  for (const node of nodes) {
    const name = `ceteris, Node ${(await output(node, ['--version'])).trim()}`;
    const { hello } = await start(ours, name, node, [server, ...sizes]);
    // What a Node has by default is not measured twice.
    if (vectors === undefined || (hello.kernels === 'wide') === (vectors === '256')) continue;
    await start(ours, `${name}, ${vectors}-bit`, node, [server, ...sizes, '--cpu-vectors', vectors]);
  }
  for (const isa of named) {
    const environment = { OMP_NUM_THREADS: String(threads), ...isas[isa] };
    const args = [`${root}/bench/pytorch_step.py`, '--serve', ...sizes];
    await start(peers, `PyTorch, ${isa}`, python, args, environment);
    if (!returnMemory) continue;
    await start(peers, `PyTorch, ${isa}, memory returned`, python, [...args, '--return-memory'], environment);
  }
  return { ours, peers };
}

/** One side's turn: the median of some steps. Threads of the side before may still look for work for a moment. */
async function turn(side, kind, steps) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return spread(await side.ask(kind, steps)).median;
}

const kernelsOf = ({ hello }) =>
  hello.kernels ?? `PyTorch ${hello.torch}, oneDNN: ${hello.isa.oneDNN}, ATen: ${hello.isa.ATen}`;

export async function measurePeer(options) {
  const where = await machine();
  await requirePyTorch(options.python);
  const started = [];
  try {
    return { machine: where, ...(await measureSides(await startSides(options, started), options)) };
  } finally {
    for (const side of started) side.stop();
  }
}

async function measureSides({ ours, peers }, options) {
  const all = [...ours, ...peers];
  const tasks = (kind) =>
    Object.fromEntries(all.map((side) => [side.name, () => turn(side, kind, options.steps)]));
  const train = await inTurns(options.rounds, tasks('train'));
  const evaluate = await inTurns(options.rounds, tasks('evaluate'));
  const ratio = (one, peer, results) =>
    quartiles(results[one.name].map((value, round) => value / results[peer.name][round]));
  return {
    ...Object.fromEntries(['threads', 'rounds', 'steps', 'width', 'batch'].map((key) => [key, options[key]])),
    sides: all.map((side) => ({
      name: side.name,
      kernels: kernelsOf(side),
      train: quartiles(train[side.name]),
      evaluate: quartiles(evaluate[side.name]),
    })),
    ratios: ours.flatMap((one) =>
      peers.map((peer) => ({
        name: one.name,
        peer: peer.name,
        train: ratio(one, peer, train),
        evaluate: ratio(one, peer, evaluate),
      })),
    ),
  };
}

export function peerTables(result) {
  const { machine: where, threads, rounds, steps, width, batch } = result;
  return [
    `${machineText(where)}; MobileNet, width ${width}, batch ${batch}, ${threads} threads; ${rounds} rounds in turns, each the median of ${steps} steps. Median over the rounds (quartiles).`,
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
    'return-memory': { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: cores },
    rounds: { type: 'string', default: '12' },
    steps: { type: 'string', default: '3' },
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
    returnMemory: flags['return-memory'],
    python: flags.python,
    width: flags.width,
    ...Object.fromEntries(
      ['threads', 'rounds', 'steps', 'batch'].map((key) => [key, count(key, flags[key])]),
    ),
  };
  await finish(() => measurePeer(options), { json: flags.json, text: peerTables });
}
