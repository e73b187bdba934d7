/** Studies of a command that change, or are stopped, while and after their runs are trained. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunRecord } from '../../src/store/records.js';
import { ceteris, main } from './command.js';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ceteris-changes-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes four epochs of an accuracy, of another one, and of an F1, and counts how often it was called. */
const PROGRAM = `import { appendFileSync, writeFileSync } from 'node:fs';
const [x, seed, out] = process.argv.slice(2);
appendFileSync('calls', 'x');
const rows = [1, 2, 3, 4].map((e) => [e, 0.5 + 0.02 * e + 0.1 * x + 0.001 * seed, 0.25, 0.4 + 0.01 * e]);
writeFileSync(out + '/metrics.csv', 'epoch,valid_accuracy,other,f1\\n' + rows.map((r) => r.join(',') + '\\n').join(''));
`;

function studyOf(name: string, program: string, trainer = '', keys = 'metric: valid/accuracy\n') {
  const folder = join(scratch, name);
  mkdirSync(folder);
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const study = (more: string, rest: string) =>
    write(
      'study.yaml',
      `name: s\ntrainer:\n  command: [node, train.mjs, '{x}', '{seed}', '{run}']\n${more}baseline: { x: 0 }\nfactors: { x: [0, 1] }\nseeds: 2\n${rest}`,
    );
  write('train.mjs', program);
  study(trainer, keys);
  const runs = join(folder, 'out/s/runs');
  return {
    folder,
    study,
    run: () => ceteris(folder, 'run', 'study.yaml', '--no-report'),
    records: () =>
      readdirSync(runs).map(
        (id) => JSON.parse(readFileSync(join(runs, id, 'run.json'), 'utf8')) as RunRecord,
      ),
    calls: () => readFileSync(join(folder, 'calls'), 'utf8').length,
  };
}

test('a file of the trainer that changes in the middle: no run is recorded as what it is not', () => {
  const changing = `${PROGRAM}appendFileSync('train.mjs', '// changed\\n');\n`;
  const { run, records, calls } = studyOf('files', changing, '  files: [train.mjs]\n');
  const first = run();
  expect(first.status).toBe(1);
  expect(first.stdout + first.stderr).toMatch(/train\.mjs has changed since this study was begun/);
  expect(calls()).toBe(1);
  expect(records().map(({ status }) => status)).toEqual(['done', 'failed', 'failed', 'failed']);
});

test('another metric, another column: runs that have ended are read again, and not trained again', () => {
  const { run, study, records, calls } = studyOf('reading', PROGRAM);
  expect(run().status).toBe(0);
  expect(calls()).toBe(4);
  study('', 'metric: { name: f1, goal: maximize }\nsmallestEffect: 0.01\n');
  const other = run();
  expect(other.stderr).toMatch(
    /those of 4 runs that have ended are read again, and nothing of it is trained/,
  );
  expect(other.stdout).toMatch(/f1[\s\S]*0\.43/);
  study('  metrics: { columns: { validAccuracy: other } }\n', 'metric: valid/accuracy\n');
  expect(run().stdout).toMatch(/25\.00%/);
  expect(calls()).toBe(4);
  expect(run().stderr).not.toMatch(/read again/);
  // What the study asks for now is not in the file: what was read before stands, and that is told.
  study('', 'metric: { name: f2, goal: maximize }\nsmallestEffect: 0.01\n');
  expect(run().stderr).toMatch(/stays as it was read before[\s\S]*f2/);
  expect(records().map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done']);
  expect(calls()).toBe(4);
});

test('another metric of a search: its runs are read again before a trial is chosen by it', () => {
  const design = 'factors: { x: { values: [0, 1], role: nuisance }, y: [0, 1] }';
  const { run, study, calls, folder } = studyOf('search', PROGRAM);
  const keys = (metric: string) => {
    study('', metric);
    const path = join(folder, 'study.yaml');
    const text = readFileSync(path, 'utf8')
      .replace('factors: { x: [0, 1] }', design)
      .replace('{ x: 0 }', '{ x: 0, y: 0 }');
    writeFileSync(path, text.replace("'{run}'", "'{run}', '{y}'"));
  };
  keys('metric: valid/accuracy\n');
  expect(run().stderr).toMatch(/chosen for baseline: x 1 /);
  expect(calls()).toBe(8);
  keys('metric: { name: f1, goal: maximize }\nsmallestEffect: 0.01\n');
  const again = run();
  expect(again.stderr).toMatch(/those of 4 runs that have ended are read again/);
  expect(again.stderr).toMatch(/chosen for baseline: x \d \(f1, mean/);
});

test('predictions that cannot be read are told where the run is', () => {
  const bad = `${PROGRAM}writeFileSync(out + '/predictions.csv', 'image,class\\n1,2\\n');\n`;
  const { run } = studyOf('predictions', bad);
  const { status, stderr } = run();
  expect(status).toBe(0);
  expect(stderr).toMatch(/its predictions were left out[\s\S]*write the columns split/);
});

test('Ctrl-C in the moment in which the first run begins: nothing has failed', async () => {
  const { folder } = studyOf('early', `setTimeout(() => {}, 20000);\n`);
  // A group of its own, to be signalled as a terminal does: every process of it.
  const child = spawn(process.execPath, [main, 'run', 'study.yaml', '--no-report'], {
    cwd: folder,
    detached: true,
  });
  let said = '';
  let isAsked = false;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => {
      said += piece;
      if (isAsked || !said.includes('command: node')) return;
      isAsked = true;
      process.kill(-child.pid!, 'SIGINT');
    });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status).toBe(130);
  expect(said).not.toMatch(/[1-9] (runs? )?failed|process ended/);
}, 20_000);
