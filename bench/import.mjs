/**
 * Memory and time of the two large imports: a long CSV of 300 MB (and one of a fifth of it, which needs as much memory),
 * and 2,000 files of 300 epochs. `node bench/import.mjs [MB] [runs]` ends with 1 where one of them needs more memory
 * than docs/import.md says.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [megabytes = 300, files = 2000] = process.argv.slice(2).map(Number);
/** MiB at most, as docs/import.md says: of files of any length, and of 2,000 runs of 300 epochs. */
const LONG_BOUND = 400;
const MANY_BOUND = 600;
const main = join(import.meta.dirname, '../dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'ceteris-large-'));
const header = 'run,lr,seed,epoch,step,train_loss,train_acc,val_loss,val_acc,time\n';

function row(run, epoch, step) {
  const value = (1 + Math.sin(run + epoch)) / 2;
  const rate = [0.1, 0.05, 0.01][run % 3];
  return `run-${run},${rate},${run},${epoch},${step},${4 - value},${value * 0.9},${4.2 - value},${value * 0.8},${epoch * 1.5}\n`;
}

/** Rows of single updates within epochs: several of one epoch, which `--repeats mean` averages. */
async function longFile(path, megabytes) {
  const stream = createWriteStream(path);
  stream.write(header);
  let bytes = 0;
  for (let run = 0; bytes < megabytes * 1e6; run++) {
    let text = '';
    for (let epoch = 1; epoch <= 100; epoch++)
      for (let step = 0; step < 50; step++) text += row(run, epoch, epoch * 50 + step);
    bytes += text.length;
    if (!stream.write(text)) await new Promise((resolve) => stream.once('drain', resolve));
  }
  await new Promise((resolve) => stream.end(resolve));
}

function manyFiles(path) {
  mkdirSync(path);
  for (let run = 0; run < files; run++) {
    let text = 'epoch,train_loss,train_acc,val_loss,val_acc\n';
    for (let epoch = 1; epoch <= 300; epoch++) {
      const value = (1 + Math.sin(run + epoch)) / 2;
      text += `${epoch},${4 - value},${value * 0.9},${4.2 - value},${value * 0.8}\n`;
    }
    writeFileSync(join(path, `lr_${[0.1, 0.05, 0.01][run % 3]}_s${run}.csv`), text);
  }
}

function time(name, most, args) {
  const started = Date.now();
  const measured = `process.on('exit', () => { require('node:fs').writeSync(2, '\\nmaxrss ' + process.resourceUsage().maxRSS) })`;
  const hook = join(folder, 'hook.cjs');
  writeFileSync(hook, measured);
  const result = spawnSync(process.execPath, ['--require', hook, main, 'import', ...args], {
    encoding: 'utf8',
  });
  const memory = Number(/maxrss (\d+)/.exec(result.stderr)?.[1] ?? 0) / 1024;
  console.log(
    `${name}: ${((Date.now() - started) / 1000).toFixed(0)} s, ${memory.toFixed(0)} MiB (bound ${most}), exit ${result.status}`,
  );
  if (result.status !== 0) console.log(result.stderr.slice(-2000));
  if (result.status !== 0 || memory > most) process.exitCode = 1;
}

try {
  for (const size of [megabytes / 5, megabytes]) {
    const long = join(folder, `${size}.csv`);
    await longFile(long, size);
    console.log(`a CSV of ${(statSync(long).size / 1e6).toFixed(0)} MB`);
    time('  the plan alone (--check)', LONG_BOUND, [long, '--repeats', 'mean', '--check']);
    time('  read and written', LONG_BOUND, [
      long,
      '--repeats',
      'mean',
      '--out',
      join(folder, `study-${size}`),
    ]);
  }
  manyFiles(join(folder, 'many'));
  console.log(`${files} files of 300 epochs`);
  time('  the plan alone (--check)', MANY_BOUND, [join(folder, 'many'), '--check']);
  time('  read, written, and summarized', MANY_BOUND, [join(folder, 'many'), '--out', join(folder, 'b')]);
} finally {
  rmSync(folder, { recursive: true });
}
