import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { acquireLock, isLocked } from './lock.js';

let root = '';
let script = '';
let directory = '';
let count = 0;

/** The lock for processes without a test runner: its few files, translated. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ceteris-lock-'));
  for (const file of ['store/node/lock', 'store/node/files', 'store/node/givenFile', 'base/errors']) {
    const source = readFileSync(new URL(`../../${file}.ts`, import.meta.url), 'utf8');
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    mkdirSync(join(root, 'code', dirname(file)), { recursive: true });
    const { outputText } = ts.transpileModule(source, { compilerOptions: options });
    writeFileSync(join(root, 'code', `${file}.js`), outputText);
  }
  writeFileSync(join(root, 'code', 'package.json'), '{ "type": "module" }');
  script = join(root, 'code', 'store', 'node', 'lock.js');
});
beforeEach(() => {
  count += 1;
  directory = join(root, `d${count}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A process that tries to take the lock at a given time, says how that went, and holds it until it is killed. */
function contender(startAt: number): ChildProcess {
  const code = `
    import { acquireLock } from ${JSON.stringify(script)};
    while (Date.now() < ${startAt});
    try { acquireLock(${JSON.stringify(directory)}, 'the study'); console.log('taken'); setInterval(() => {}, 1000); }
    catch (error) { console.log(error.kind === 'work' ? 'refused' : error.stack); }`;
  return spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function answer(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (data) => resolve(String(data).trim())));
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

test('a held lock refuses with host and process; a released one is free', () => {
  const lock = acquireLock(directory, 'the study a');
  lock.assertHeld();
  expect(isLocked(directory)).toBe(true);
  expect(() => acquireLock(directory, 'the study a')).toThrow(
    new RegExp(`another process is working on the study a.*process ${process.pid} on ${hostname()}`, 's'),
  );
  lock.release();
  expect(isLocked(directory)).toBe(false);
  acquireLock(directory, 'the study a').release();
  expect(readdirSync(directory)).toEqual([]);
});

test('of several processes that race for a free lock exactly one wins, and after kill -9 the next', async () => {
  for (let round = 0; round < 3; round++) {
    const startAt = Date.now() + 400;
    const children = Array.from({ length: 4 }, () => contender(startAt));
    const answers = await Promise.all(children.map(answer));
    expect(answers.sort()).toEqual(['refused', 'refused', 'refused', 'taken']);
    await Promise.all(children.map(end));
    // From the second round on the lock that they race for is a dead process's.
    expect(existsSync(join(directory, 'lock.json'))).toBe(true);
    expect(isLocked(directory)).toBe(false);
  }
  acquireLock(directory, 'the study').release();
  expect(readdirSync(directory)).toEqual([]);
});

function plant(changes: Record<string, unknown>): string {
  const path = join(directory, 'lock.json');
  const lock = acquireLock(directory, 'the study');
  const holder = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  lock.release();
  writeFileSync(path, JSON.stringify({ ...holder, token: 'other', ...changes }));
  return path;
}

function age(path: string, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  utimesSync(path, time, time);
}

test.runIf(process.platform === 'linux')(
  'another process that got the same number does not hold the lock',
  () => {
    plant({ started: '1' });
    acquireLock(directory, 'the study').release();
  },
);

test.each([
  ['another host', { host: 'elsewhere' }],
  ['another boot or container', { scope: 'elsewhere' }],
])('the lock of %s is stale after a minute of silence, not before', (_, changes) => {
  const path = plant(changes);
  age(path, 50);
  expect(() => acquireLock(directory, 'the study')).toThrow(/another process/);
  age(path, 70);
  acquireLock(directory, 'the study').release();
});

test('an unreadable lock counts as held for a minute', () => {
  const path = plant({});
  writeFileSync(path, '');
  expect(() => acquireLock(directory, 'the study')).toThrow(/cannot be told/);
  age(path, 70);
  acquireLock(directory, 'the study').release();
});

test('a process that dies in the middle of a takeover blocks nobody', () => {
  const path = plant({ host: 'elsewhere' });
  age(path, 70);
  const guard = join(directory, '.lock.takeover.other');
  writeFileSync(guard, readFileSync(path, 'utf8').replace('"other"', '"dead"'));
  age(guard, 70);
  acquireLock(directory, 'the study').release();
});

test('a process whose lock was taken notices, and does not remove the new one', () => {
  const lock = acquireLock(directory, 'the study');
  const path = join(directory, 'lock.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"token":"[^"]*"/, '"token":"new"'));
  expect(() => lock.assertHeld()).toThrow(/lost/);
  lock.release();
  expect(existsSync(path)).toBe(true);
});
