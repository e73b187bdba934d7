/** What the scripts of bench/ share: options, processes in turns, medians, tables. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quantile } from '#dist/bench/statistics.js';
import { busyAbove } from './targets.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Says what is wrong and ends with 2. */
export function refuse(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}

/** Options of a script; `known` as util.parseArgs takes them. Unknown ones are refused. */
export function readOptions(known) {
  try {
    return parseArgs({ options: known, strict: true }).values;
  } catch (error) {
    return refuse(
      `${error.message.split('.')[0]}\n  options: ${Object.keys(known)
        .map((name) => `--${name}`)
        .join(' ')}`,
    );
  }
}

export function count(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) refuse(`--${name}: a whole number from 1, not ${text}`);
  return value;
}

export const cores = String(availableParallelism());

/** Share of all cores' time that was spent, since `before`. */
function busySince(before) {
  const now = coreTimes();
  const total = now.total - before.total;
  return total === 0 ? 0 : 1 - (now.idle - before.idle) / total;
}

function coreTimes() {
  const times = cpus().map((core) => core.times);
  const idle = times.reduce((sum, one) => sum + one.idle, 0);
  const total = times.reduce((sum, one) => sum + one.user + one.nice + one.sys + one.irq + one.idle, 0);
  return { idle, total };
}

/** The machine, and how busy others keep it: a second in which this process waits, before anything is measured. */
export async function machine() {
  const before = coreTimes();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const busy = busySince(before);
  if (busy > busyAbove) {
    process.stderr.write(
      `other work keeps ${(100 * busy).toFixed(0)}% of the cores busy: such figures are a try only\n`,
    );
  }
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    vectors: processorVectors(),
    busy,
  };
}

/** The widest vectors of the processor, which PyTorch uses: `AVX-512`, `AVX2`; `null` where the system does not tell. */
function processorVectors() {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' ') ?? [];
    if (flags.includes('avx512f')) return 'AVX-512';
    return flags.includes('avx2') ? 'AVX2' : null;
  } catch {
    return null;
  }
}

/** The machine in words. */
export function machineText({ cpu, cores: number, vectors, busy }) {
  const wide = vectors === null ? '' : ` with ${vectors}`;
  return `${cpu}${wide}, ${number} cores (other work kept ${(100 * busy).toFixed(0)}% of them busy just before)`;
}

/** Runs a program to its end and gives its stdout; what it says on stderr is its error. */
export function output(command, args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...environment } });
    let out = '';
    let err = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(err.trim() || `${command} ended with ${code}`));
    });
  });
}

/**
 * Does every task once per round, in turns; every second round in reverse order. Gives the results of each task, in the
 * rounds' order.
 * @param tasks name -> function that does it once
 */
export async function inTurns(rounds, tasks) {
  const results = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const names = Object.keys(tasks);
    if (round % 2 === 1) names.reverse();
    for (const name of names) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${name}\n`);
      results[name].push(await tasks[name]());
    }
  }
  return results;
}

/** Median and ends of a sample: its least and largest value, or the quantiles `low` and `high`. */
export function spread(values, low = 0, high = 1) {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), min: quantile(sorted, low), max: quantile(sorted, high) };
}

/** `0.84 (0.80 to 0.91)`. */
export function spreadText({ median, min, max }, digits = 2) {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

/** A Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Was this file started, or imported? */
export function isMain(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];
}

/** The script's own end: its result as JSON or as text; a failure in one sentence. */
export async function finish(work, { json, text }) {
  try {
    const result = await work();
    process.stdout.write(`${json ? JSON.stringify(result, null, 2) : text(result)}\n`);
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
  }
}
