/**
 * What goes wrong on a GPU while it trains, forced on the adapter at hand: the runs end as failed with the cause, their last
 * checkpoint stays, other groups go on, and the same runs again continue to the bits of an undisturbed training.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { testAdapter } from '../../test/support/adapter.js';
import type { BackendChoice } from '../backends/node/openStep.js';
import { directOnly } from '../backends/webgpu/families.js';
import { openDevice } from '../backends/webgpu/node/adapters.js';
import { createWebgpuStep, type WebgpuStep } from '../backends/webgpu/step.js';
import { workError } from '../base/errors.js';
import type { Program } from '../compile/program.js';
import { loadDataset } from '../data/node/load.js';
import { readRunRecord } from '../store/node/runFiles.js';
import { planRuns } from '../study/expand.js';
import { parseStudy } from '../study/parse.js';
import type { Run } from '../study/types.js';
import { shareDataset } from './compileRun.js';
import { executeGroup } from './executeGroup.js';
import { GroupStep } from './groupStep.js';

type Open = (program: Program, choice: BackendChoice) => Promise<WebgpuStep>;

/** How Steps are opened by now; `null`: as always. */
let opening: Open | null = null;
vi.mock('../backends/node/openStep.js', async (original) => {
  const real = await original<typeof import('../backends/node/openStep.js')>();
  const open: Open = (program, choice) => real.openStep(program, choice) as Promise<WebgpuStep>;
  return {
    ...real,
    openStep: (program: Program, choice: BackendChoice) => (opening ?? open)(program, choice),
  };
});
afterEach(() => {
  opening = null;
});

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-device-failures-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const dataset = shareDataset(await loadDataset({ name: 'synthetic', classes: 3, train: 60, test: 12 }, {}));
const study = parseStudy(`
name: failures
dataset: { name: synthetic, classes: 3, train: 60, test: 12, validation: 0.2 }
network: { name: cnn, channels: [3] }
training: { epochs: 3, batchSize: 12, checkpointSeconds: 0, logSteps: 1 }
baseline: { learningRate: 0.02 }
factors: { learningRate: [0.02, 0.05, 0.1] }
seeds: 1
`);
const runs: readonly Run[] = planRuns(study, { datasetChecksum: dataset.checksum });

/** Does the runs as one group, in this process. */
async function execute(name: string, group: readonly Run[]) {
  if (testAdapter === null) throw new Error('no adapter');
  const studyDirectory = join(scratch, name);
  const ended: string[] = [];
  await executeGroup({
    setup: {
      trainer: 'engine',
      studyDirectory,
      dataset,
      stopFlag: new Int32Array(1),
      allowVariantChange: false,
      backend: {
        device: 'webgpu',
        backend: 'webgpu',
        adapter: testAdapter.description,
        precision: 'f32',
        tune: false,
      },
      gitCommit: null,
      initialChecksums: {},
    },
    job: { runs: group, threads: 1, allowedThreads: new Int32Array([1]) },
    send: (message) => {
      if (message.type === 'run-ended') ended.push(message.status);
    },
  });
  const at = (run: Run, file: string) => join(studyDirectory, 'runs', run.id, file);
  return {
    ended,
    reason: (run: Run) => readRunRecord(at(run, 'run.json'))?.statusReason,
    hasCheckpoint: (run: Run) => existsSync(at(run, 'checkpoint.safetensors')),
    results: (run: Run) => [
      readFileSync(at(run, 'weights.safetensors')),
      readFileSync(at(run, 'steps.csv'), 'utf8'),
      readFileSync(at(run, 'gradients.csv'), 'utf8'),
    ],
    log: (run: Run) => readFileSync(at(run, 'log.txt'), 'utf8'),
  };
}

/** Opens as always, and does something before a training step, counted over all Steps. */
function disturbed(at: number, disturb: (step: WebgpuStep) => void): Open {
  let steps = 0;
  return async (program, choice) => {
    const real = await vi.importActual<typeof import('../backends/node/openStep.js')>(
      '../backends/node/openStep.js',
    );
    const step = (await real.openStep(program, choice)) as WebgpuStep;
    const train = step.train.bind(step);
    step.train = (plan, hyper) => {
      steps++;
      if (steps === at) disturb(step);
      train(plan, hyper);
    };
    return step;
  };
}

describe.skipIf(testAdapter === null)(`failures on ${testAdapter?.description.name}`, () => {
  const [one, two, three] = runs;
  const group = [one, two];
  const undisturbed = testAdapter === null ? null : execute('whole', runs);

  async function expectContinued(name: string): Promise<void> {
    const whole = await undisturbed;
    const again = await execute(name, group);
    expect(again.ended).toEqual(['done', 'done']);
    for (const run of group) {
      expect(again.log(run)).toMatch(/continues after epoch [12]/);
      expect(again.results(run)).toEqual(whole?.results(run));
    }
  }

  test('the device is lost in the second epoch', async () => {
    opening = disturbed(6, ({ engine }) => engine.device.destroy());
    const lost = await execute('lost', group);
    expect(lost.ended).toEqual(['failed', 'failed']);
    for (const run of group) {
      expect(lost.reason(run)).toMatch(/the GPU was lost while it trained[\s\S]*run[\s\S]*checkpoint/);
      expect(lost.hasCheckpoint(run)).toBe(true);
      expect(lost.log(run)).toMatch(/failed: the GPU was lost/);
    }
    // The next group of this process has a device of its own.
    opening = null;
    expect((await execute('lost', [three])).ended).toEqual(['done']);
    await expectContinued('lost');
  }, 60_000);

  test('an allocation fails while it trains', async () => {
    class GPUOutOfMemoryError {
      readonly message = 'out of device memory\nat a place that no user knows';
    }
    opening = disturbed(6, ({ engine }) => {
      const event = Object.assign(new Event('uncapturederror'), { error: new GPUOutOfMemoryError() });
      engine.device.dispatchEvent(event);
    });
    const full = await execute('full', group);
    expect(full.ended).toEqual(['failed', 'failed']);
    expect(full.reason(one)).toMatch(
      /too little memory[\s\S]*out of device memory\n[\s\S]*fewer runs in lockstep/,
    );
    expect(full.reason(one)).not.toContain('no user knows');
    opening = null;
    await expectContinued('full');
  }, 60_000);

  test('a group that the device has no room for is done in parts', async () => {
    const sizes: number[] = [];
    const real = await vi.importActual<typeof import('../backends/node/openStep.js')>(
      '../backends/node/openStep.js',
    );
    opening = (program, choice) => {
      sizes.push(program.replicas);
      if (program.replicas > 1) throw workError({ what: 'the GPU has too little memory for this' });
      return real.openStep(program, choice) as Promise<WebgpuStep>;
    };
    const parts = await execute('parts', runs);
    expect(parts.ended).toEqual(['done', 'done', 'done']);
    expect(sizes).toEqual([3, 2, 1, 1, 1]);
    expect(parts.log(one)).toMatch(
      /3 runs not together, so in halves: the GPU has too little memory for this\n/,
    );
    expect(parts.log(one)).toMatch(/2 runs not together, so in halves/);
    expect(parts.log(three)).not.toMatch(/2 runs not together/);
    for (const run of runs) expect(parts.results(run)).toEqual((await undisturbed)?.results(run));
  }, 60_000);

  test('a group is looked at for long dispatches when it is opened, not when those that ended leave it', async () => {
    const real = await vi.importActual<typeof import('../backends/node/openStep.js')>(
      '../backends/node/openStep.js',
    );
    const asked: unknown[] = [];
    opening = (program, choice) => {
      asked.push('longestDispatch' in choice ? choice.longestDispatch : 'default');
      return real.openStep(program, choice) as Promise<WebgpuStep>;
    };
    const { compileRun } = await import('./compileRun.js');
    const choice = { backend: 'webgpu', adapter: testAdapter?.request ?? 'webgpu', tune: false } as const;
    const compile = (replicas: number) => compileRun(one.trial.configuration, dataset, replicas);
    const step = await GroupStep.open({ compile, source: dataset, choice }, 2);
    await step.reopen([1]);
    await step.dispose();
    expect(asked).toEqual(['default', null]);
  }, 60_000);

  test('a shader that the driver does not compile is named', async () => {
    opening = async (program) => {
      const { device } = await openDevice(testAdapter?.request ?? 'webgpu');
      const broken = {
        ...directOnly,
        forward: (...args: Parameters<typeof directOnly.forward>) =>
          directOnly.forward(args[0], args[1]).map((dispatch) => ({
            ...dispatch,
            kernel: { key: 'broken kernel', code: dispatch.kernel.code.replace('fn main', 'fn elsewhere') },
          })),
      };
      return createWebgpuStep(program, {
        device,
        deviceName: 'this GPU',
        convolutions: broken as typeof directOnly,
      });
    };
    const failed = await execute('shader', group);
    expect(failed.ended).toEqual(['failed', 'failed']);
    expect(failed.reason(one)).toMatch(
      /does not compile a kernel[\s\S]*broken kernel, this GPU[\s\S]*--device cpu/,
    );
    opening = null;
    expect((await execute('shader', group)).ended).toEqual(['done', 'done']);
  }, 60_000);

  test('many Steps on one device leave no listeners behind', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const { device } = await openDevice(testAdapter?.request ?? 'webgpu');
    const { compileRun } = await import('./compileRun.js');
    const program = compileRun(one.trial.configuration, dataset, 1);
    for (let i = 0; i < 12; i++) {
      const step = await createWebgpuStep(program, { device, deviceName: 'this GPU', isShared: true });
      await step.dispose();
    }
    device.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  }, 60_000);
});
