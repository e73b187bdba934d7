/**
 * Measures what the documents tell of speed, and writes it between markers: the tables and sentences of
 * docs/performance.md, and the sentences of README.md and ARCHITECTURE.md. Run by `npm run bench:page -- [options]`, after
 * the build; on two cores that do nothing else it takes about six minutes.
 *
 *   --only PART        measure this part anew (repeatable: peer, step, kernels, threads, start, loading; none: only write)
 *   --data-dir DIR     where CIFAR-100 lies (for loading)
 *   --node, --cpu-vectors, --isa, --return-memory, --python: as `npm run bench:peer` takes them; --rounds: a third of its
 *
 * What was measured is kept in out/bench.json, so that parts can be measured one by one.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadingTable, measureLoading } from './loading.mjs';
import { measurePeer, peerTables } from './peer.mjs';
import { productsText, restText, speedText } from './sentences.mjs';
import { measureStart, startTable } from './start.mjs';
import {
  cores,
  count,
  finish,
  machine,
  machineText,
  main,
  output,
  readOptions,
  refuse,
  root,
  table,
} from './support.mjs';
import { targetRows, whyNoRatio } from './targets.mjs';
import { measureThreads, threadsTables } from './threads.mjs';

const page = join(root, 'docs', 'performance.md');
const kept = join(root, 'out', 'bench.json');

const flags = readOptions({
  only: { type: 'string', multiple: true },
  'data-dir': { type: 'string' },
  node: { type: 'string', multiple: true, default: [process.execPath] },
  'cpu-vectors': { type: 'string' },
  isa: { type: 'string', multiple: true, default: ['native'] },
  'return-memory': { type: 'boolean', default: false },
  python: { type: 'string', default: 'python3' },
  rounds: { type: 'string', default: '4' },
});
const threads = Number(cores);
const rounds = count('rounds', flags.rounds);
/** The engine's own tables are of the last Node that was named. */
const node = flags.node[flags.node.length - 1];
const bench = async (...args) => {
  const where = await machine();
  return { machine: where, ...JSON.parse(await output(node, [main, 'bench', ...args, '--json'])) };
};

const parts = {
  peer: () =>
    measurePeer({
      nodes: flags.node,
      vectors: flags['cpu-vectors'],
      isas: flags.isa,
      returnMemory: flags['return-memory'],
      python: flags.python,
      width: 1,
      batch: 128,
      steps: 3,
      threads,
      rounds: 3 * rounds,
    }),
  step: () => bench('step', '--steps', '15'),
  kernels: () => bench('kernels', '--steps', '9'),
  threads: () => measureThreads({ rounds, seconds: 5, width: 1 }),
  start: () => measureStart({ rounds: 2 * rounds + 1 }),
  loading: () => measureLoading({ dataDir: flags['data-dir'], steps: 60, threads, width: 1 }),
};

/** Section of the page -> its text, from the results by part; a section without its part stays as it is. */
const sections = {
  targets: (results) => table(['', 'at most', 'reach for', 'measured', 'command'], targetRows(results)),
  peer: ({ peer }) => peer && (sentence(whyNoRatio(peer)) ?? peerTables(peer)),
  step: ({ step, kernels }) => step && kernels && stepTables(step, kernels),
  kernels: ({ kernels }) => kernels && kernelTable(kernels),
  rest: ({ step, kernels }) => step && kernels && restText(step, kernels),
  threads: ({ threads: one }) => one && (sentence(whyNoRatio(one)) ?? threadsTables(one)),
  start: ({ start }) => start && startTable(start),
  loading: ({ loading }) => loading && loadingTable(loading),
};

/** Sentences of the other documents; as they are while the machine is busy. */
const elsewhere = {
  'README.md': { speed: ({ peer }) => peer && whyNoRatio(peer) === null && speedText(peer) },
  'ARCHITECTURE.md': { products: ({ kernels }) => kernels && productsText(kernels) },
};

const sentence = (text) => text && `${text[0].toUpperCase()}${text.slice(1)}.`;

const percent = (share) => `${(100 * share).toFixed(0)}%`;

function peakText({ machine: where, peak, threads: used, node: version, kernels }) {
  return `${machineText(where)}; Node ${version}, ${kernels} kernels, ${used} threads; measured just before: ${peak.gflops.toFixed(1)} GFLOPS in ${peak.vectorBits}-bit multiply-add, ${peak.readGigabytesPerSecond.toFixed(1)} GB/s reading, ${peak.copyGigabytesPerSecond.toFixed(1)} GB/s copying.`;
}

function stepTables(step, kernels) {
  const row = (name, one) => [
    name,
    `${one.medianMs.toFixed(0)} (${one.quartilesMs.map((ms) => ms.toFixed(0)).join(' to ')})`,
    one.imagesPerSecond.toFixed(0),
    one.gflop.toFixed(1),
    one.gflops.toFixed(1),
    percent(one.shareOfPeak),
  ];
  const limits = new Map(kernels.sums.map((sum) => [sum.kernel, sum]));
  const { train, evaluate } = step.byKernel;
  const names = [...new Set([...Object.keys(train), ...Object.keys(evaluate)])];
  const cell = (ms) => (ms === undefined ? '' : ms.toFixed(1));
  return [
    peakText(step),
    table(
      ['step', 'median ms (quartiles)', 'images/s', 'GFLOP', 'GFLOPS', 'of the peak'],
      [row('training', step.train), row('evaluation', step.evaluate)],
    ),
    table(
      ['kernel', 'training, ms', 'evaluation, ms', 'share of its limit (training)'],
      names
        .filter((name) => (train[name] ?? 0) >= 0.1 || (evaluate[name] ?? 0) >= 0.1)
        .map((name) => [
          name,
          cell(train[name]),
          cell(evaluate[name]),
          limits.has(name) ? percent(limits.get(name).shareOfLimit) : '',
        ]),
    ),
    `One epoch of 40,000 images, with the validation on 10,000, takes ${(step.epochSeconds / 60).toFixed(1)} minutes at this pace.`,
  ].join('\n\n');
}

/** Shapes that take at least half a percent of the step. */
function kernelTable(kernels) {
  const total = kernels.sums.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = kernels.rows.filter((row) => row.calls * row.milliseconds >= total / 200);
  return [
    peakText(kernels),
    table(
      ['kernel', 'shape', 'calls', 'ms a call', 'speed', 'bound by', 'share of its limit'],
      rows.map((row) => [
        row.kernel,
        row.shape,
        row.calls,
        row.milliseconds.toFixed(2),
        row.boundBy === 'compute'
          ? `${row.gflops.toFixed(1)} GFLOPS`
          : `${row.gigabytesPerSecond.toFixed(1)} GB/s`,
        row.boundBy,
        percent(row.shareOfLimit),
      ]),
    ),
  ].join('\n\n');
}

function readKept() {
  try {
    return JSON.parse(readFileSync(kept, 'utf8'));
  } catch {
    return {};
  }
}

/** The text with each section's part between its markers. */
function filled(file, text, makers, results) {
  let out = text;
  for (const [name, make] of Object.entries(makers)) {
    const made = make(results);
    if (!made) continue;
    const begin = `<!-- ${name}: begin (npm run bench:page) -->`;
    const end = `<!-- ${name}: end -->`;
    const from = out.indexOf(begin);
    const to = out.indexOf(end);
    if (from < 0 || to < from) throw new Error(`${file} lacks the markers "${begin}" and "${end}"`);
    const gap = name in sections ? '\n\n' : '\n';
    out = `${out.slice(0, from + begin.length)}${gap}${made}${gap}${out.slice(to)}`;
  }
  return out;
}

function write(results) {
  const files = { [page]: sections };
  for (const [name, makers] of Object.entries(elsewhere)) files[join(root, name)] = makers;
  // All are made before one is written.
  const texts = Object.entries(files).map(([file, makers]) => [
    file,
    filled(file, readFileSync(file, 'utf8'), makers, results),
  ]);
  for (const [file, text] of texts) writeFileSync(file, text);
}

const wanted = (flags.only ?? Object.keys(parts)).filter((name) => name !== 'none');
for (const name of wanted) {
  if (!(name in parts)) refuse(`--only: one of ${Object.keys(parts).join(', ')}, none, not ${name}`);
}

async function measureAndWrite() {
  mkdirSync(dirname(kept), { recursive: true });
  for (const name of wanted) {
    process.stderr.write(`measuring: ${name}\n`);
    const result = await parts[name]();
    writeFileSync(kept, JSON.stringify({ ...readKept(), [name]: result }, null, 2));
  }
  write(readKept());
  return wanted;
}

await finish(measureAndWrite, {
  json: false,
  text: (done) =>
    `measured: ${done.join(', ') || 'nothing'}; written: docs/performance.md, README.md, ARCHITECTURE.md`,
});
