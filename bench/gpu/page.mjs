/**
 * Writes docs/performance-gpu.md from what bench/gpu.sh left in a folder, and from the Program itself. After `npm run build`:
 *   node bench/gpu/page.mjs FOLDER [COMMIT]
 *   node bench/gpu/page.mjs           no GPU at hand: counts the present code anew, and leaves what was measured as it is
 * COMMIT: the code that was measured (default: this checkout's).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainStep } from '#dist/backends/webgpu/explain.js';
import { untuned } from '#dist/backends/webgpu/need.js';
import { planWebgpu } from '#dist/backends/webgpu/plan.js';
import { compile } from '#dist/compile/compile.js';
import { buildNetwork } from '#dist/nn/build.js';

const page = fileURLToPath(new URL('../../docs/performance-gpu.md', import.meta.url));
const folder = process.argv[2];
const commit =
  process.argv[3] ?? execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

const read = (name) => {
  const path = folder === undefined ? '' : join(folder, name);
  return path !== '' && existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Limits of a large GPU: with smaller ones the dataset lies in more parts, and no dispatch is added. */
const limits = {
  maxBufferSize: 2 ** 40,
  maxStorageBufferBindingSize: 2 ** 31,
  maxStorageBuffersPerShaderStage: 16,
  maxComputeWorkgroupStorageSize: 49152,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupsPerDimension: 65535,
};

/** What the Program says of itself: nothing here is measured. */
function counts() {
  const rows = [1, 7, 21].flatMap((replicas) =>
    [1, 0.25].map((width) => {
      const ends = { height: 32, width: 32, channels: 3, classes: 100 };
      const program = compile(buildNetwork({ name: 'mobilenet', width }, ends), { batch: 128, replicas });
      const [f32, halves] = ['f32', 'f16-products'].map((precision) =>
        explainStep(planWebgpu(program, { limits, slots: 4, ...untuned(precision) }), 'train'),
      );
      const { dispatches, pipelines, flops, bytes } = f32;
      const perRun = (sum, digits) => (sum / replicas / 1e9).toFixed(digits);
      return [width, replicas, dispatches, halves.dispatches, pipelines, perRun(flops, 1), perRun(bytes, 2)];
    }),
  );
  const head = ['width', 'R', 'dispatches', 'with f16-products', 'pipelines', 'GFLOP a run', 'GB a run'];
  return `## What a training step is\n\nCounted from the Program, batch 128; nothing here is measured. GB: calls that one dispatch does read their operands once and write their results once (\`ceteris bench step --explain\`).\n\n${table(head, rows)}\n`;
}

const number = (value, digits) => value.toFixed(digits);

function steps(results) {
  const rows = results.map((r) => [
    r.network.width,
    r.replicas,
    number(r.train.medianMs, 2),
    number(r.train.runMs, 3),
    number(r.train.hostMs, 2),
    number(r.evaluate.medianMs, 2),
    r.dispatches,
    `${number(100 * r.train.shareOfPeak, 0)}%`,
    number(r.memoryBytes / 1e9, 2),
    number(r.compileMs / 1000, 1),
    number(r.startMs / 1000, 1),
  ]);
  const head = ['width', 'R', 'ms a step', 'ms a run', 'host, ms a step', 'evaluation, ms', 'dispatches'];
  const [{ batch, peak }] = results;
  const text = `Training steps of MobileNet, batch ${batch}, R runs in lockstep, in a warm loop with the host planning ahead; the median of windows that end with the losses on the host (\`ceteris bench step --device webgpu --replicas R\`). Peak, measured on the spot: ${number(peak.gflops / 1e3, 1)} TFLOPS of multiply-adds in registers, copies ${number(peak.gigabytesPerSecond / 1e3, 2)} TB/s.`;
  return `## Steps\n\n${text}\n\n${table([...head, 'of the peak', 'GB', 'compile, s', 'start, s'], rows)}\n`;
}

/** Steps with the products of pointwise convolutions in halves, beside those in float32 of the same call. */
function halfSteps(results, inFloat32) {
  const rows = results.map((r) => {
    const peer = inFloat32.find(
      (one) => one.network.width === r.network.width && one.replicas === r.replicas,
    );
    return [
      r.network.width,
      r.replicas,
      number(r.train.medianMs, 2),
      number(r.train.runMs, 3),
      peer === undefined ? '' : number(peer.train.medianMs / r.train.medianMs, 2),
      r.dispatches,
      number(r.compileMs / 1000, 1),
    ];
  });
  const head = ['width', 'R', 'ms a step', 'ms a run', 'f32 / this', 'dispatches', 'compile, s'];
  return `## Steps with f16-products\n\nThe same with \`--precision f16-products\`.\n\n${table(head, rows)}\n`;
}

/** Kinds of kernel, summed over the step; each call in a pass of its own. */
function kinds(results) {
  const sums = results.map((r) => new Map(r.kinds.map(({ kernel, milliseconds }) => [kernel, milliseconds])));
  const names = [...new Set(sums.flatMap((sum) => [...sum.keys()]))];
  const rows = names.map((name) => [name, ...sums.map((sum) => number(sum.get(name) ?? 0, 3))]);
  rows.sort((a, b) => Number(b[1]) - Number(a[1]));
  const all = (sum) => [...sum.values()].reduce((a, b) => a + b, 0);
  rows.push(['all', ...sums.map((sum) => number(all(sum), 3))]);
  const head = ['ms on the GPU', ...results.map((r) => `width ${r.network.width}, R = ${r.replicas}`)];
  return `## Where the time goes\n\nEach call of the Program in a compute pass of its own, timed by ${results[0].peak.clock}; a training step is one pass, so the sum is somewhat more than a step.\n\n${table(head, rows)}\n`;
}

function tests(log) {
  const found = [...log.matchAll(/^== (contract|golden) [\s\S]*?^-- \1.*$/gm)].flatMap(([text, stage]) =>
    [...text.matchAll(/^\d+ passed, \d+ failed.*$/gm)].map(([line]) => `${stage}: ${line}`),
  );
  return found.length === 0
    ? ''
    : `## Tests on this adapter\n\n${found.map((line) => `- ${line}`).join('\n')}\n`;
}

function pytorch(log) {
  const best = [...log.matchAll(/^best R=.*$/gm)].map(([line]) => line);
  if (best.length === 0) return '';
  const version = /^PyTorch .*$/m.exec(log)?.[0] ?? 'PyTorch';
  return `## PyTorch in the same call\n\n${version}; its best form of each precision, ms a step of all R runs:\n\n${best.map((line) => `- ${line}`).join('\n')}\n`;
}

const log = read('gpu.txt');
const resultsOf = (kind) =>
  [1, 0.25].flatMap((width) =>
    [1, 7, 21, 64].flatMap((replicas) => {
      const text = read(`${kind}-${width}-${replicas}.json`);
      return text === '' ? [] : [JSON.parse(text)];
    }),
  );
const results = resultsOf('step');
const halves = resultsOf('step-f16-products');
const card = /^(NVIDIA .*MiB|NVIDIA .*, \d+\.\d+.*)$/m.exec(log)?.[0] ?? results[0]?.tiles.device;
const when = /^== (\d{4}-\d\d-\d\d)T/m.exec(log)?.[1];
const measured =
  results.length === 0
    ? 'No GPU was at hand when this page was written, so it has no times.'
    : `Measured on ${card}, on ${when}, with ${results[0].tiles.device}. The times are those of the code at ${commit}; the table of counts is of the code that wrote it.`;
if (folder === undefined && existsSync(page)) {
  const [before, , ...after] = readFileSync(page, 'utf8').split(/^(?=## )/m);
  writeFileSync(page, [before, `${counts()}\n`, ...after].join(''));
  process.exit();
}
const parts = [
  '# Performance on a GPU',
  `Written by \`node bench/gpu/page.mjs FOLDER\` from what \`bench/gpu.sh\` left there (\`bench/gpu-pack.sh\` prepares it for a bare machine). ${measured}`,
  counts(),
  ...(results.length === 0 ? [] : [steps(results)]),
  ...(halves.length === 0 ? [] : [halfSteps(halves, results)]),
  ...(results.length === 0 ? [] : [kinds(results)]),
  pytorch(log),
  tests(log),
].filter((part) => part !== '');
writeFileSync(page, `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`);
