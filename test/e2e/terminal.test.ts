/** The command line in a real terminal (tmux) of 120, 80 and 50 columns: names give way, numbers do not, nothing stale is left. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ceteris, main } from './command.js';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const isDemanded = process.env.CETERIS_DEMAND_TMUX !== undefined;
if (!hasTmux && !isDemanded)
  console.warn('left out: the command line in a terminal, because tmux is not here');

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-terminal-'));
const server = `ceteris-${process.pid}`;
afterAll(() => {
  if (hasTmux) spawnSync('tmux', ['-L', server, 'kill-server']);
  rmSync(scratch, { recursive: true, maxRetries: 20, retryDelay: 100 });
});

writeFileSync(
  join(scratch, 'wide.yaml'),
  `
name: wide
dataset:
  name: synthetic
  classes: 4
  train: 2400
  test: 40
network: { name: mlp, hidden: [8] }
training: { epochs: 100000, batchSize: 16 }
factors: { activation: [relu, { name: sigmoid, blocks: all, elsewhere: tanh }], learningRate: [0.005, 0.00125] }
method: grid
seeds: 1
`,
);
const ended = ['--set', 'training.epochs=2', '--set', 'name=ended', '--set', 'dataset.train=240'];

function tmux(...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('tmux', ['-L', server, '-f', '/dev/null', ...args], {
    encoding: 'utf8',
    cwd: scratch,
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', NO_COLOR: '1' },
  });
  if (status !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** The lines of the terminal, from the top of its history. */
const screen = (session: string) =>
  tmux('capture-pane', '-p', '-t', session, '-S', '-500').replace(/\n+$/, '').split('\n');

/** Words that the terminal cut at its edge and that a line of their own would have held. */
function cutWords(session: string, columns: number): string[] {
  const whole = tmux('capture-pane', '-p', '-J', '-t', session, '-S', '-500').split('\n');
  return whole.flatMap((line) => {
    const cuts = Array.from({ length: Math.floor(line.length / columns) }, (_, i) => (i + 1) * columns);
    return cuts.flatMap((cut) => {
      const [before = ''] = /\S*$/.exec(line.slice(0, cut)) ?? [];
      const [after = ''] = /^\S*/.exec(line.slice(cut)) ?? [];
      const word = `${before}${after}`;
      return before !== '' && after !== '' && word.length < columns ? [`${word} in: ${line}`] : [];
    });
  });
}

/**
 * Starts a command; the terminal stays when it ends. It begins full, as terminals that are used are: of an empty one tmux
 * puts the first lines into its history when lines are broken, where nobody can write over them.
 */
function open(session: string, columns: number, command: string): void {
  const shell = `seq 60; ${process.execPath} ${main} ${command}; echo "ended with $?"; sleep 600`;
  tmux('new-session', '-d', '-s', session, '-x', String(columns), '-y', '40', shell);
}

async function until(session: string, text: RegExp): Promise<string[]> {
  for (let i = 0; i < 600; i++) {
    const lines = screen(session);
    if (text.test(lines.join('\n'))) return lines;
    await sleep(100);
  }
  throw new Error(`the terminal never showed ${text}:\n${screen(session).join('\n')}`);
}

const trains = /train loss \d+\.\d+(?:e\+\d+)? \d+\.\d%/g;
const valids = /valid loss \d+\.\d+(?:e\+\d+)? \d+\.\d%/g;
const bars = /[■·]{4,}/g;
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** Two runs under way and the study: three bars, all numbers of two runs, and nothing else of the kind. */
function expectTwoRuns(lines: readonly string[], columns: number): void {
  const text = lines.join('\n');
  expect(count(text, bars), text).toBe(3);
  expect(count(text, trains), text).toBe(2);
  expect(count(text, valids), text).toBe(2);
  expect(count(text, /epoch \d+\/100000/g), text).toBe(2);
  expect(count(text, /\d+ images\/s/g), text).toBe(2);
  expect(count(text, /0 of 4 runs done, 2 running/g), text).toBe(1);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
}

/** A screen may be read while it is being drawn, on a busy machine often; but what is stale stays, however long one waits. */
async function untilTwoRuns(session: string, columns: number): Promise<void> {
  for (let tries = 100; ; tries--) {
    try {
      expectTwoRuns(screen(session), columns);
      return;
    } catch (error) {
      if (tries === 0) throw error;
    }
    await sleep(150);
  }
}

describe.skipIf(!hasTmux && !isDemanded)('in tmux', () => {
  beforeAll(() => {
    expect(ceteris(scratch, 'run', 'wide.yaml', ...ended, '--no-report').status).toBe(0);
  }, 120_000);

  test('progress at 120, 80 and 50 columns and back: no stale lines after a resize', async () => {
    open('run', 120, 'run wide.yaml --workers 2 --threads 1 --lockstep off --no-report');
    await until('run', /valid loss[\s\S]*valid loss/);
    // Not the shell of the pane: tmux wakes that one at once.
    const shell = tmux('list-panes', '-t', 'run', '-F', '#{pane_pid}').trim();
    const pid = Number(spawnSync('ps', ['-o', 'pid=', '--ppid', shell], { encoding: 'utf8' }).stdout);
    for (const columns of [120, 80, 50, 100, 50, 120]) {
      // What is on its way to the terminal while it changes its width belongs to neither width: let nothing be.
      process.kill(pid, 'SIGSTOP');
      await sleep(300);
      tmux('resize-window', '-t', 'run', '-x', String(columns), '-y', '40');
      process.kill(pid, 'SIGCONT');
      await sleep(1500);
      await untilTwoRuns('run', columns);
    }
    tmux('send-keys', '-t', 'run', 'C-c');
    const lines = await until('run', /ended with 130/);
    expect(count(lines.join('\n'), bars)).toBe(0);
    expect(lines.join('\n')).toContain('stopping on SIGINT');
  }, 180_000);

  test.each([120, 80, 50])(
    'a study from its first line to its report in %d columns: no word is cut that a line would hold',
    async (columns) => {
      const short = ended.map((one) => one.replace('name=ended', `name=words${columns}`));
      open(`w${columns}`, columns, `run wide.yaml ${short.join(' ')} --workers 2 --threads 1 --lockstep off`);
      const lines = await until(`w${columns}`, /ended with \d/);
      const text = lines.join(' ').replaceAll(/\s+/g, ' ');
      expect(text).toMatch(/4 runs, 4 to do, 2 at a time with 1 thread each/);
      expect(text).toContain('ended with 0');
      expect(cutWords(`w${columns}`, columns)).toEqual([]);
    },
    120_000,
  );

  test.each([120, 80, 50])(
    'tables in %d columns: every number whole and on its line',
    async (columns) => {
      const trials = ['relu', 'sigmoid in all blocks and tanh elsewhere'].map(
        (name) => `"out/ended/activation=${name},learningRate=0.005"`,
      );
      const commands = [
        'ls out/ended',
        'show out/ended',
        `plan wide.yaml ${ended.join(' ')}`,
        `compare ${trials.join(' ')}`,
      ];
      open(`t${columns}`, columns, commands.join(`; ${process.execPath} ${main} `));
      const lines = await until(`t${columns}`, /ended with \d/);
      const text = lines.join('\n');
      for (const [what, least, pattern] of [
        ['epochs of four runs', 4, /\b2\/2\b/g],
        ['accuracies of four trials', 12, /\b\d+\.\d\d%/g],
        ['times of four trials', 4, /\b[\d.]+ m?s\b/g],
        ['losses', 4, /\b\d\.\d{3}\b/g],
        ['the end of both names', 2, /elsewhere|005/g],
        ['the end', 1, /ended with 0/g],
      ] as const) {
        expect(count(text, pattern), `${what}\n${text}`).toBeGreaterThanOrEqual(least);
      }
      expect(text).not.toContain('error:');
      expect(cutWords(`t${columns}`, columns)).toEqual([]);
    },
    120_000,
  );
});
