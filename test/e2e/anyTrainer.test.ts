/** Studies whose runs a command trains: small Node programs that behave well, and badly in every way that we know. */
import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRecord } from '../../src/store/records.js';
import { ceteris, type Ended, main, startCeteris } from './command.js';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ceteris-trainer-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What every program begins with: its arguments, and a row of metrics. */
const HEAD = `import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
const [x, seed, out] = process.argv.slice(2);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const row = (epoch, accuracy) => {
  const file = out + '/metrics.csv';
  if (!existsSync(file)) writeFileSync(file, 'epoch,train_loss,valid_accuracy\\n');
  appendFileSync(file, [epoch, 2 - accuracy, accuracy].join(',') + '\\n');
};
`;
const WELL =
  'for (let e = 1; e <= 4; e++) row(e, 0.5 + 0.02 * e + 0.1 * x + 0.003 * Math.sin(7 * seed + e));\n';

interface Study {
  readonly folder: string;
  readonly run: (more?: readonly string[]) => ReturnType<typeof ceteris>;
  readonly records: () => RunRecord[];
  readonly log: () => string;
}

const ended = ({ status, stdout, stderr }: SpawnSyncReturns<string>): Ended => ({ status, stdout, stderr });

/** A study of one run unless the keys say more. */
function studyOf(name: string, program: string, trainer = '', keys = 'seeds: 1\n'): Study {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'train.mjs'), HEAD + program);
  const head = `name: s\ntrainer:\n  command: [node, train.mjs, '{x}', '{seed}', '{run}']\n  grace: 0.5\n${trainer}`;
  writeFileSync(join(folder, 'study.yaml'), `${head}baseline: { x: 0 }\nmetric: valid/accuracy\n${keys}`);
  const runs = join(folder, 'out/s/runs');
  const each = <T>(read: (directory: string) => T) => readdirSync(runs).map((id) => read(join(runs, id)));
  return {
    folder,
    run: (more = []) =>
      ended(
        spawnSync(process.execPath, [main, 'run', 'study.yaml', '--out', 'out', '--no-report', ...more], {
          encoding: 'utf8',
          cwd: folder,
        }),
      ),
    records: () => each((run) => JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as RunRecord),
    log: () => each((run) => readFileSync(join(run, 'log.txt'), 'utf8')).join(''),
  };
}

/** Processes whose command line names a file of the study's folder. */
function processesIn(folder: string): string[] {
  const all = execFileSync('ps', ['-eo', 'pid,stat,args'], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.includes(folder) && !/^\s*\d+\s+Z/.test(line));
}

test('runs side by side, their record, plan, report, and reuse', () => {
  const trainer = "  record: { node: 'node --version' }\n  files: [train.mjs]\n";
  const study = studyOf(
    'well',
    `console.log(process.env.CETERIS_VALUE_x, process.env.CETERIS_SEED);\n${WELL}`,
    trainer,
    'factors: { x: [0, 1] }\nseeds: 3\n',
  );
  const before = ceteris(study.folder, 'plan', 'study.yaml', '--out', 'out');
  expect(before.stdout).toMatch(/2 trials, 6 runs \(6 new\)[\s\S]*not known before a run has ended/);
  const first = ceteris(study.folder, 'run', 'study.yaml', '--out', 'out', '--workers', '3');
  expect(first.stderr).toContain('6 runs, 6 to do, 3 at a time');
  expect(first.status).toBe(0);
  expect(first.stdout).toMatch(/\[supported\] X 1 gives a higher mean validation accuracy/);
  const [record] = study.records();
  expect(record).toMatchObject({
    status: 'done',
    epochsDone: 4,
    epochs: 4,
    configuration: null,
    versions: { node: process.version },
    trainer: { values: { x: 0 }, attempts: 1, resumed: 0, exitCode: 0, folder: study.folder },
  });
  expect(record!.trainer!.files['train.mjs']).toMatch(/^[0-9a-f]{64}$/);
  expect(study.run().stderr).toContain('6 runs, 0 to do');
  const after = ceteris(study.folder, 'plan', 'study.yaml', '--out', 'out');
  expect(after.stdout).toContain('6 runs (6 done)');
  const report = ceteris(study.folder, 'report', 'out/s');
  expect(report.status).toBe(0);
  const text = readFileSync(join(study.folder, 'out/s/report/report.md'), 'utf8');
  expect(text).not.toMatch(/mobilenet|synthetic|split seed|Imported|training accuracy|NaN|undefined/i);
  const claim =
    'id: c, sentence: More x is better., source: here, kind: order, measure: validAccuracy.last, direction: rising';
  const claims = `source: us\nbaseline: { x: 0 }\nclaims: [{ ${claim}, trials: [{ x: 0 }, { x: 1 }], scope: runs }]\n`;
  writeFileSync(join(study.folder, 'claims.yaml'), claims);
  expect(ceteris(study.folder, 'claims', 'claims.yaml', '--on', 'out/s').stdout).toMatch(/supported/);
  writeFileSync(join(study.folder, 'train.mjs'), `${HEAD}${WELL}// another program\n`);
  expect(study.run(['--workers', '3']).stderr).toContain('6 runs, 6 to do');
}, 60_000);

test('what cannot be started is refused before anything is written', () => {
  const study = studyOf('unable', WELL);
  const refused = (...set: string[]) => {
    const { status, stderr } = study.run(set.flatMap((one) => ['--set', one]));
    expect(status).toBe(2);
    expect(existsSync(join(study.folder, 'out/s'))).toBe(false);
    return stderr;
  };
  expect(refused("trainer.command=[no-such-program, '{x}']")).toContain('the command is not there');
  writeFileSync(join(study.folder, 'train.sh'), '#!/bin/sh\n');
  chmodSync(join(study.folder, 'train.sh'), 0o644);
  expect(refused('trainer.command=[./train.sh]')).toContain('the command may not be executed');
  expect(refused('trainer.folder=nowhere')).toContain('is not there');
  expect(refused('trainer.files=[nothing.py]')).toContain('a file of the trainer cannot be read');
  expect(refused('trainer.gpus=64')).toMatch(/more GPUs than this machine has/);
});

test('exit codes, missing and foreign metrics, NaN: each in words', () => {
  const code = studyOf(
    'code',
    "console.log('begins'); console.error('Traceback: boom'); process.exitCode = 3;",
    '  retries: 1\n',
  );
  expect(code.run().status).toBe(1);
  expect(code.records()[0]).toMatchObject({ status: 'failed', trainer: { attempts: 2, exitCode: 3 } });
  expect(code.records()[0]!.statusReason).toMatch(
    /exit code 3; its last lines:\n {4}begins\n {4}Traceback: boom/,
  );

  const none = studyOf('none', '');
  none.run();
  expect(none.records()[0]!.statusReason).toContain('the command has written no metrics');

  const other = studyOf(
    'other',
    "writeFileSync(out + '/metrics.csv', 'epoch,train_loss,Top one\\n1,2,0.5\\n2,1,0.6\\n');",
  );
  other.run();
  expect(other.records()[0]!.statusReason).toMatch(
    /no validation accuracy[\s\S]*trainer\.metrics\.columns: \{ validAccuracy/,
  );
  // The command had ended well: its metrics are read again, and it is not called again.
  expect(other.run(['--set', "trainer.metrics.columns={ validAccuracy: 'Top one' }"]).status).toBe(0);
  expect(other.records()[0]).toMatchObject({ status: 'done', epochsDone: 2, trainer: { attempts: 1 } });

  const nan = studyOf('nan', 'row(1, 0.5); row(2, NaN); row(3, NaN); process.exitCode = 1;');
  nan.run();
  expect(nan.records()[0]).toMatchObject({ status: 'diverged' });

  const twice = studyOf('twice', 'row(1, 0.5); row(1, 0.7); row(2, 0.8);');
  twice.run();
  expect(twice.records()[0]!.statusReason).toMatch(
    /two values at one epoch[\s\S]*trainer\.metrics\.repeats: last/,
  );

  const torn = studyOf('torn', `${WELL} appendFileSync(out + '/metrics.csv', '5,1.4');`);
  torn.run();
  expect(torn.records()[0]).toMatchObject({ status: 'done', epochsDone: 4 });
}, 60_000);

test('a gigabyte of output is bounded on disk and in memory', () => {
  const print = `const piece = Buffer.alloc(2 ** 20, 'x'.repeat(99) + '\\n');
for (let i = 0; i < 1024; i++) await new Promise((resolve) => process.stdout.write(piece, resolve));
console.log('the end'); ${WELL}`;
  const study = studyOf('loud', print);
  expect(study.run().status).toBe(0);
  const [id] = readdirSync(join(study.folder, 'out/s/runs'));
  const log = join(study.folder, 'out/s/runs', id!, 'log.txt');
  expect(statSync(log).size).toBeLessThan(7 * 2 ** 20);
  expect(study.log()).toMatch(/# 10\d+ bytes of output were left out here[\s\S]*the end/);
}, 60_000);

test('what never ends is ended, with all that it started', () => {
  // It ignores SIGTERM, and leaves a child in a session of its own.
  const stubborn = `process.on('SIGTERM', () => {});
spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)', out], { detached: true, stdio: 'ignore' });
row(1, 0.5); await sleep(1e8);`;
  const study = studyOf('endless', stubborn, '  timeout: 1s\n');
  expect(study.run().status).toBe(1);
  expect(study.records()[0]!.statusReason).toContain('took longer than 1 s');
  expect(study.records()[0]).toMatchObject({ epochsDone: 1 });
  expect(processesIn(study.folder)).toEqual([]);

  const forks = studyOf(
    'forks',
    `spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', out], { detached: true, stdio: 'inherit' }); ${WELL} process.exit(0);`,
  );
  expect(forks.run().status).toBe(0);
  expect(processesIn(forks.folder)).toEqual([]);
}, 60_000);

/** Writes a checkpoint at each epoch, goes on from it, and stops at the second one the first time. */
const RESUMES = `const mark = out + '/last.ckpt';
const from = process.argv.includes('--resume') ? Number(readFileSync(mark, 'utf8')) : 0;
console.log('from', from);
for (let e = Math.max(1, from); e <= 4; e++) {
  row(e, 0.5 + 0.02 * e + (from > 0 ? 0.001 : 0));
  writeFileSync(mark, String(e));
  if (from === 0 && e === 2) BREAK;
}
`;

test('a run that was broken off goes on from its checkpoint, and no epoch counts twice', () => {
  const study = studyOf(
    'resumes',
    RESUMES.replace('BREAK', 'process.exit(1)'),
    "  resume: '--resume'\n  retries: 1\n",
  );
  expect(study.run().status).toBe(0);
  expect(study.records()[0]).toMatchObject({
    status: 'done',
    epochsDone: 4,
    trainer: { attempts: 2, resumed: 1 },
  });
  const [id] = readdirSync(join(study.folder, 'out/s/runs'));
  const metrics = readFileSync(join(study.folder, 'out/s/runs', id!, 'metrics.csv'), 'utf8');
  expect(
    metrics
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => line.split(',').slice(0, 5).join(',')),
  ).toEqual(['1,1.48,,,0.52', '2,1.459,,,0.541', '3,1.439,,,0.561', '4,1.419,,,0.581']);
});

test('Ctrl-C stops the command, ceteris killed hard leaves no command behind, and the next one takes over', async () => {
  const study = studyOf('stopped', RESUMES.replace('BREAK', 'await sleep(1e8)'), "  resume: '--resume'\n");
  const first = startCeteris(study.folder, 'run', 'study.yaml', '--out', 'out', '--no-report');
  await first.until('epoch 2');
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(130);
  expect(study.records()[0]).toMatchObject({ status: 'interrupted', epochsDone: 2 });
  expect(processesIn(study.folder)).toEqual([]);

  rmSync(join(study.folder, 'out'), { recursive: true });
  const second = startCeteris(study.folder, 'run', 'study.yaml', '--out', 'out', '--no-report');
  await second.until('epoch 2');
  second.child.kill('SIGKILL');
  await second.ended;
  // Nobody but its host ends the command now.
  for (let i = 0; i < 200 && processesIn(study.folder).length > 0; i++) await sleep(100);
  expect(processesIn(study.folder)).toEqual([]);
  const third = study.run();
  expect(third.status).toBe(0);
  expect(third.stderr).toMatch(/epoch 4\b/);
  expect(third.stderr).not.toMatch(/epoch 1\b.*loss/);
  expect(study.records()[0]).toMatchObject({ status: 'done', trainer: { attempts: 2, resumed: 1 } });
  expect(processesIn(study.folder)).toEqual([]);
}, 60_000);

test('a command whose ceteris and host were both killed hard is ended by the next one', async () => {
  const study = studyOf(
    'orphan',
    "process.on('SIGPIPE', () => {}); if (!existsSync(out + '/../again')) { row(1, 0.1); writeFileSync(out + '/../again', ''); await sleep(1e8); } else { await sleep(300); " +
      WELL +
      '}',
  );
  const first = startCeteris(study.folder, 'run', 'study.yaml', '--out', 'out', '--no-report');
  await first.until('epoch 1');
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(first.child.pid)], {
    encoding: 'utf8',
  });
  for (const pid of children.trim().split('\n')) process.kill(Number(pid), 'SIGSTOP');
  first.child.kill('SIGKILL');
  for (const pid of children.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  await first.ended;
  const orphans = processesIn(study.folder).filter((line) => line.includes('train.mjs'));
  expect(orphans).toHaveLength(1);
  expect(study.run().status).toBe(0);
  expect(processesIn(study.folder)).toEqual([]);
  expect(study.records()[0]).toMatchObject({ status: 'done', epochsDone: 4 });
}, 60_000);

test('each run has GPUs of its own, a metric has a name of its own, and predictions tell calibration', () => {
  const program = `console.log('gpus', process.env.CUDA_VISIBLE_DEVICES);
const config = JSON.parse(readFileSync(process.env.CETERIS_CONFIG, 'utf8'));
writeFileSync(out + '/metrics.jsonl', [1, 2, 3].map((epoch) => JSON.stringify({ epoch, 'valid/bleu': 20 + epoch + 3 * config.x + 0.1 * config.seed })).join('\\n') + '\\n');
writeFileSync(out + '/predictions.csv', 'split,index,label,predicted,loss,confidence\\nvalidation,0,1,1,0.1,0.9\\nvalidation,1,1,' + (2 - config.x) + ',1.1,0.5\\ntest,0,1,1,0.1,0.9\\n');
await sleep(400);`;
  const trainer = '  gpus: 1\n  metrics: metrics.jsonl\n';
  const keys =
    'metric: { name: valid/bleu, goal: maximize }\nsmallestEffect: 0.5\nfactors: { x: [0, 1] }\nseeds: 3\n';
  const study = studyOf('gpus', program, trainer, '');
  const file = join(study.folder, 'study.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('metric: valid/accuracy\n', keys));
  const bin = join(study.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'nvidia-smi'),
    "#!/bin/sh\nprintf '0, GPU-aa, NVIDIA H200\\n1, GPU-bb, NVIDIA H200\\n'\n",
  );
  chmodSync(join(bin, 'nvidia-smi'), 0o755);
  const { PATH, CUDA_VISIBLE_DEVICES } = process.env;
  process.env.PATH = `${bin}:${PATH}`;
  delete process.env.CUDA_VISIBLE_DEVICES;
  try {
    const ran = ceteris(study.folder, 'run', 'study.yaml', '--out', 'out');
    expect(ran.stderr).toContain('2 at a time with 1 GPU each');
    expect(ran.stdout).toMatch(/\[supported\] X 1 gives a higher mean valid bleu of the last epochs than 0/);
  } finally {
    process.env.PATH = PATH;
    if (CUDA_VISIBLE_DEVICES !== undefined) process.env.CUDA_VISIBLE_DEVICES = CUDA_VISIBLE_DEVICES;
  }
  expect(study.log()).toContain('gpus 0');
  expect(study.log()).toContain('gpus 1');
  const [record, ...others] = study.records();
  const other = others.find(({ trialName }) => trialName !== record!.trialName)!;
  const compared = ceteris(study.folder, 'compare', 'out/s', record!.id, other.id).stdout.replaceAll(
    /\s+/g,
    ' ',
  );
  expect(compared).toMatch(/On 2 validation images, only .* is right on .* McNemar’s exact p = 1/);
  expect(record!.trainer!.gpus[0]).toMatch(/^[01]: NVIDIA H200$/);
  expect(record!.calibration!.expectedCalibrationError).toBeCloseTo(0.3, 6);
  expect(record!.test).toMatchObject({ accuracy: 1 });
}, 60_000);
