/** A study on two devices (here two software adapters): a group each, and each run goes on where it was begun. Runs the built dist/. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readRunRecord } from '../../src/store/node/runFiles.js';
import { ceteris } from './command.js';

const drivers = ['/usr/share/vulkan/icd.d/lvp_icd.json', '/usr/lib/chromium/vk_swiftshader_icd.json'];
const isHere = drivers.every((file) => existsSync(file));
if (!isHere && (process.env.CETERIS_DEMAND_ADAPTER ?? '') !== '') {
  throw new Error(`two software adapters were demanded: ${drivers.join(', ')}`);
}
// The commands below inherit it.
process.env.VK_DRIVER_FILES = drivers.join(':');

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-gpus-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const file = join(scratch, 'two.yaml');
writeFileSync(
  file,
  `
name: two
dataset: { name: synthetic, classes: 4, train: 60, test: 12, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 1, batchSize: 12 }
baseline: { learningRate: 0.02 }
factors: { learningRate: [0.02, 0.05] }
seeds: 1
`,
);
const both = ['webgpu:lavapipe', 'webgpu:swiftshader'];

const run = (epochs: number, devices: readonly string[], ...options: string[]) =>
  ceteris(
    scratch,
    ...['run', file, '--out', 'out', '--no-report', '--device', devices.join(',')],
    ...['--set', `training.epochs=${epochs}`, ...options],
  );

function records() {
  const runs = join(scratch, 'out', 'two', 'runs');
  return readdirSync(runs).map((id) => readRunRecord(join(runs, id, 'run.json')));
}

const devices = () => records().map((record) => record?.backend?.tiles.device);

describe.skipIf(!isHere)('two devices', () => {
  test('each trains a group; a run goes on where it was begun, and is told where that device is not named', () => {
    const begun = run(1, both);
    expect(begun.status, begun.stderr).toBe(0);
    expect(begun.stderr).toMatch(/2 runs, 2 to do, 2 at a time on llvmpipe .* and SwiftShader/);
    const first = devices();
    expect(first.join()).toMatch(/llvmpipe/);
    expect(first.join()).toMatch(/SwiftShader/);
    const again = run(2, both.toReversed());
    expect(again.status, again.stderr).toBe(0);
    expect(devices()).toEqual(first);
    expect(records().map((record) => [record?.epochsDone, record?.status])).toEqual([
      [2, 'done'],
      [2, 'done'],
    ]);
    const alone = run(3, both.slice(0, 1));
    expect(alone.status).toBe(1);
    expect(alone.stderr).toMatch(
      /begun on another GPU, or with another driver[\s\S]*equal bits need SwiftShader/,
    );
    expect(
      records()
        .map((record) => record?.status)
        .sort(),
    ).toEqual(['done', 'failed']);
  }, 300_000);

  test('fewer workers than devices are refused, with what to name', () => {
    const fewer = run(1, both, '--workers', '1');
    expect(fewer.status).toBe(2);
    expect(fewer.stderr).toMatch(/fewer workers than GPUs[\s\S]*at least 2[\s\S]*--device "webgpu:llvmpipe/);
  });

  test('one adapter by two names is refused', () => {
    const twice = run(1, ['webgpu:lavapipe', 'webgpu:llvmpipe']);
    expect(twice.status).toBe(2);
    expect(twice.stderr).toMatch(/two names mean one adapter[\s\S]*each adapter once/);
  });
});
