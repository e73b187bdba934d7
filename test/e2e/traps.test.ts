/** Files and places that are not what a person thinks: told in one message before anything trains, never with a stack. */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ceteris, main, root } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-traps-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const head = `
dataset: { name: synthetic, train: 300, test: 100, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 1, batchSize: 32 }
seeds: 1
`;

function write(name: string, more: string): string {
  writeFileSync(join(scratch, `${name}.yaml`), `name: ${name}${head}${more}`);
  return `${name}.yaml`;
}

const studyDirectory = join(scratch, 'out', 'plain');
beforeAll(() => {
  const { status, stderr } = ceteris(
    scratch,
    'run',
    write('plain', 'factors: { learningRate: [0.05, 0.1] }'),
  );
  expect([status, stderr]).toEqual([0, expect.stringContaining('2 of 2 runs done')]);
}, 120_000);

test.each([
  ['zeros', 'factors:\n  weightDecay: [0, 0,0005]', /leading zeros[\s\S]*0005/],
  ['twice', 'factors:\n  learningRate: [0.1, 1e-1, .10, 0.05]', /2 problems[\s\S]*same as/],
  ['opt', 'factors:\n  training.optimizer.name: [sgd, adam]', /write training\.optimizer: \[\{ name: sgd \}/],
])(
  'run and plan refuse %s and write nothing',
  (name, more, message) => {
    const file = write(name, more);
    for (const command of ['plan', 'run']) {
      const { status, stderr } = ceteris(scratch, command, file);
      expect(status).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n +at /);
    }
    expect(existsSync(join(scratch, 'out', name))).toBe(false);
  },
  60_000,
);

test('plan and run tell a baseline that no level names, before anything trains', () => {
  const file = write('stranger', 'factors: { learningRate: [0.1, 0.2] }');
  const words = /the baseline's learningRate, 0\.05, is none of its levels 0\.1, 0\.2/;
  expect(ceteris(scratch, 'plan', file).stdout.replaceAll(/\s+/g, ' ')).toMatch(words);
  const { stderr } = ceteris(scratch, 'run', file, '--no-report');
  expect(stderr).toMatch(words);
  expect(stderr.search(words)).toBeLessThan(stderr.indexOf('starts'));
}, 60_000);

test.each(['run', 'plan', 'import', 'compare'])('%s --help shows no empty default', (command) => {
  const { status, stdout } = ceteris(scratch, command, '--help');
  expect([status, stdout]).toEqual([0, expect.stringContaining(`ceteris ${command}`)]);
  expect(stdout).not.toContain('(default: [])');
});

const full = '/dev/full';
test.skipIf(!existsSync(full)).each([
  ['report', ['report', studyDirectory]],
  ['show', ['show', studyDirectory, '--json']],
])(
  '%s into a full disk says so in one line',
  (_name, args) => {
    const disk = openSync(full, 'w');
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: ['ignore', disk, 'pipe'],
    });
    closeSync(disk);
    expect(stderr).toBe('error: the output cannot be written: the disk is full\n');
    expect(status).toBe(1);
  },
  60_000,
);

describe.skipIf(process.getuid?.() !== 0 || !isReadableByAll(root))('as another user', () => {
  const nobody = 65534;
  const asNobody = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], {
      cwd: tmpdir(),
      encoding: 'utf8',
      uid: nobody,
      gid: nobody,
      env: { ...process.env, HOME: tmpdir() },
    });
  const out = join(scratch, 'others');

  beforeAll(() => {
    chmodSync(scratch, 0o755);
    for (const name of ['closed', 'runless', 'open']) {
      cpSync(studyDirectory, join(out, name), { recursive: true });
    }
    chmodSync(join(out, 'closed'), 0o700);
    chmodSync(join(out, 'runless', 'runs'), 0o700);
    const [run] = readdirSync(join(out, 'open', 'runs'));
    chmodSync(join(out, 'open', 'runs', run, 'run.json'), 0o600);
    writeFileSync(join(scratch, 'secret.yaml'), `name: secret${head}`, { mode: 0o600 });
  });

  test.each([
    ['a study', ['show', join(out, 'closed')], /could not be looked into[\s\S]*closed[\s\S]*may not read it/],
    ['a study for its report', ['report', join(out, 'closed')], /could not be read[\s\S]*may not read it/],
    [
      'the runs of a study',
      ['ls', join(out, 'runless')],
      /could not be read[\s\S]*runs[\s\S]*may not read it/,
    ],
    [
      'a study file',
      ['plan', join(scratch, 'secret.yaml')],
      /study file cannot be read[\s\S]*may not read it/,
    ],
  ])(
    '%s that may not be read',
    (_name, args, message) => {
      const { status, stderr } = asNobody(...args);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/no such|\n +at /);
      expect(status).toBe(2);
    },
    60_000,
  );

  test('ls lists the others, and a hidden run is told in the report’s problems', () => {
    const { stdout, status } = asNobody('ls', '--out', out);
    expect(stdout).toMatch(/closed {2}unreadable: .*may not read it/);
    expect(stdout).toMatch(/plain {2}1 of 2 runs done/);
    expect(status).toBe(0);
  }, 60_000);
});

function isReadableByAll(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    return false;
  }
  const { status } = spawnSync(
    process.execPath,
    ['-e', `require('fs').readFileSync(${JSON.stringify(main)})`],
    {
      uid: 65534,
      gid: 65534,
      cwd: tmpdir(),
    },
  );
  return status === 0;
}
