/** Signals that terminals, shells and clusters send to a real run: it stops with a checkpoint, and opens no port. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunRecord } from '../../src/store/records.js';
import { main, startCeteris } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-signals-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const file = join(scratch, 'small.yaml');
writeFileSync(
  file,
  `
name: small
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 100000, batchSize: 16 }
seeds: 1
`,
);

/** The ports on which a process listens (Linux: its sockets, looked up in the kernel's table). */
function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // Closed meanwhile.
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(inode))
      .map(([, local]) => Number.parseInt(local.split(':')[1], 16)),
  );
}

function onlyRecord(out: string): RunRecord {
  const runs = join(scratch, out, 'small', 'runs');
  return JSON.parse(readFileSync(join(runs, readdirSync(runs)[0], 'run.json'), 'utf8')) as RunRecord;
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)(
  '%s stops a run with a checkpoint, from which it goes on',
  async (signal) => {
    const arguments_ = ['run', file, '--no-report', '--out', signal];
    const { child, until, stderr, ended } = startCeteris(scratch, ...arguments_);
    await until('epoch 3/');
    child.kill(signal);
    if (process.platform === 'linux') {
      while (child.exitCode === null && child.signalCode === null && !stderr().includes('interrupted')) {
        expect(listeningPorts(child.pid ?? 0)).toEqual([]);
        await sleep(5);
      }
    }
    expect(await ended).toBe(130);
    expect(stderr()).toContain(`stopping on ${signal}`);
    expect(stderr()).not.toMatch(/Debugger|\n +at /);
    const { status, epochsDone } = onlyRecord(signal);
    expect(status).toBe('interrupted');
    expect(epochsDone).toBeGreaterThanOrEqual(3);
    const again = startCeteris(scratch, ...arguments_);
    await again.until(`continues after epoch ${epochsDone}`);
    again.child.kill('SIGKILL');
    await again.ended;
  },
  120_000,
);

test('a second signal that is not Ctrl-C does not lose the checkpoint', async () => {
  const { child, until, ended } = startCeteris(scratch, 'run', file, '--no-report', '--out', 'twice');
  await until('epoch 2/');
  child.kill('SIGHUP');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(onlyRecord('twice').status).toBe('interrupted');
}, 120_000);

describe.skipIf(process.platform !== 'linux')('SIGUSR1 outside of training', () => {
  test.each([0, 40, 100, 300])(
    'after %d ms: the process ends or goes on, and does not listen',
    async (delay) => {
      const child = spawn(process.execPath, [main, 'run', file, '--no-report', '--out', `early-${delay}`], {
        cwd: scratch,
        stdio: 'ignore',
      });
      const over = new Promise<void>((resolve) => child.on('close', () => resolve()));
      await sleep(delay);
      child.kill('SIGUSR1');
      await Promise.race([over, sleep(1500)]);
      if (child.exitCode === null && child.signalCode === null) {
        expect(listeningPorts(child.pid ?? 0)).toEqual([]);
      }
      child.kill('SIGKILL');
      await over;
    },
    60_000,
  );

  test('a command that does not train ends by it', async () => {
    const { child, until, ended } = startCeteris(scratch, 'plan', file);
    await until('timing a few steps');
    child.kill('SIGUSR1');
    await ended;
    expect(child.signalCode).toBe('SIGUSR1');
  }, 60_000);
});
