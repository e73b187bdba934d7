/** The local Slurm of the other tests leaves nothing behind, however the process of the test ends. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { until, whyNoSlurm } from '../support/slurm.js';
import { root } from './command.js';

const why = process.env.CETERIS_LONG_TESTS ? whyNoSlurm() : 'it is for `npm run test:slurm`';
if (why !== null) console.warn(`left out: the test of the local Slurm itself: ${why}`);

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-fixture-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Processes whose environment names this configuration, or that Slurm started for it. */
const processesOf = (conf: string) =>
  spawnSync(
    'sh',
    [
      '-c',
      `grep -lzxF "SLURM_CONF=${conf}" /proc/[0-9]*/environ; ls -l /proc/[0-9]*/fd | grep -F ${conf.slice(0, -'/etc/slurm.conf'.length)}/log`,
    ],
    { encoding: 'utf8' },
  )
    .stdout.split('\n')
    .filter((line) => line !== '');

test.skipIf(why !== null)(
  'a test that is killed leaves no daemon, no job and no folder',
  async () => {
    const support = join(root, 'test/support');
    const { outputText } = ts.transpileModule(readFileSync(join(support, 'slurm.ts'), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(join(scratch, 'slurm.mjs'), outputText);
    copyFileSync(join(support, 'slurmWatchdog.sh'), join(scratch, 'slurmWatchdog.sh'));
    const program = `
    const { LocalSlurm } = await import('./slurm.mjs');
    const slurm = await LocalSlurm.start({ nodes: 1, cpus: 2 });
    slurm.call('sbatch', '-o', '/dev/null', '--wrap', 'sleep 1000 & sleep 1000');
    console.log(slurm.environment.SLURM_CONF);
    setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: scratch });
    // Its watchdog ends the cluster then.
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (data) => {
      said += String(data);
    });
    await until(60, 'the cluster runs', () => said.includes('\n'));
    const conf = said.trim();
    const running = [
      'queue',
      () =>
        spawnSync('squeue', ['-h', '-t', 'running'], {
          env: { ...process.env, SLURM_CONF: conf },
          encoding: 'utf8',
        }).stdout.trim() !== '',
    ] as const;
    await until(20, 'its job runs', running[1]);
    expect(processesOf(conf).length).toBeGreaterThan(4);
    child.kill('SIGKILL');
    await until(20, 'nothing is left', () => processesOf(conf).length === 0 && !existsSync(conf));
  },
  120_000,
);
