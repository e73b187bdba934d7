/** What the report says where the runs of a study were not trained alike. */
import { expect, test } from 'vitest';
import { madeStudy } from '../../test/support/madeStudy.js';
import type { BackendDescriptionRecord } from '../store/backend.js';
import { reproducibilityBlocks } from './reproducibility.js';

const gpu = (device: string, variant = 'f32'): BackendDescriptionRecord => ({
  backend: 'webgpu',
  variant,
  precision: 'float32',
  tiles: { device },
  threads: 1,
});
const cpu: BackendDescriptionRecord = {
  backend: 'wasm',
  variant: 'relaxed',
  precision: 'float32',
  tiles: {},
  threads: 2,
};

/** The notices of a study whose runs were trained by these, in turn. */
function noticesOf(...backends: readonly BackendDescriptionRecord[]): string {
  const made = madeStudy('factors: { learningRate: [0.01, 0.05] }\nseeds: 2\n', () => 50);
  const runs = made.runs.map((run, i) => ({
    ...run,
    record: { ...run.record, backend: backends[i % backends.length]! },
  }));
  const blocks = reproducibilityBlocks({ ...made, runs });
  return blocks.flatMap((block) => (block.kind === 'notice' ? [block.text] : [])).join('\n');
}

test('runs that were trained alike need no word', () => {
  expect(noticesOf(gpu('H200, 580, Dawn 0.6.2'))).toBe('');
  expect(noticesOf(cpu)).toBe('');
});

test('two GPUs, or one with two drivers, are named with their runs', () => {
  const text = noticesOf(gpu('H200, 580, Dawn 0.6.2'), gpu('H200, 570, Dawn 0.6.2'));
  expect(text).toMatch(
    /different GPUs or drivers: 2 runs on H200, 580, .* and 2 runs on H200, 570, .*within one/,
  );
  expect(text).not.toMatch(/different backends|differ in precision/);
});

test('the CPU beside a GPU, and two precisions', () => {
  expect(noticesOf(gpu('H200, 580, Dawn 0.6.2'), cpu)).toMatch(
    /^Runs of this study were trained by different backends/,
  );
  expect(noticesOf(gpu('H200'), gpu('H200', 'f16-products'))).toMatch(
    /^Runs of this study differ in precision: 2 runs in float32 and 2 runs in float32 with products of f16/,
  );
});

test('equal bits are promised of runs of this engine only, and what seeds drove is known of no others', () => {
  const made = madeStudy('factors: { learningRate: [0.01, 0.05] }\nseeds: 2\n', () => 50);
  const tableOf = (records: typeof made) => {
    const [table] = reproducibilityBlocks(records).flatMap((block) =>
      block.kind === 'table' ? [block] : [],
    );
    return JSON.stringify([table?.caption, table?.rows]);
  };
  expect(tableOf(made)).toMatch(/equal records give equal bits.*weights, order and augmentation/);
  const source = (run: (typeof made.runs)[number]) => ({
    ...run,
    record: { ...run.record, source: 'log.csv' },
  });
  const imported = tableOf({ ...made, runs: made.runs.map(source) });
  expect(imported).toMatch(/^\["Where the numbers come from.*what they drove is not known/);
  expect(imported).not.toMatch(/equal bits|order and augmentation/);
  const trainer = { command: ['python3', 'train.py'], files: [], record: {} } as never;
  const command = tableOf({ ...made, study: { ...made.study, trainer } });
  expect(command).toMatch(/the command’s own doing.*given to the command/);
  expect(command).not.toContain('equal bits');
});
