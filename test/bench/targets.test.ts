/** The table of targets on docs/performance.md: which measured value goes where. */
import { join } from 'node:path';
import { expect, test } from 'vitest';

const { targetRows, targets } = await import(join(import.meta.dirname, '../../bench/targets.mjs'));
const spread = (median: number) => ({ median, min: median, max: median });

const ratio = (name: string, train: number, evaluate: number, other = 'PyTorch, native') => ({
  name,
  peer: other,
  train: spread(train),
  evaluate: spread(evaluate),
});

const idle = { busy: 0.02 };

const peer = {
  machine: idle,
  ratios: [
    ratio('ceteris, Node v20.20.2', 1.01, 0.93),
    ratio('ceteris, Node v24.1.0', 0.55, 0.5),
    ratio('ceteris, Node v24.1.0', 0.4, 0.45, 'PyTorch, native, memory returned'),
    ratio('ceteris, Node v24.1.0, 128-bit', 0.82, 0.71),
  ],
};

test('without results every value is said to be not measured', () => {
  const rows = targetRows({});
  expect(rows).toHaveLength(targets.length);
  for (const row of rows) expect(row[3]).toBe('not measured');
});

test('ratios go to the Node and the vectors that they belong to, over the peer at its best', () => {
  const measured = targetRows({ peer }).map((row: readonly string[]) => row[3]);
  expect(measured.slice(0, 4)).toEqual([
    '0.55 (Node v24.1.0 / PyTorch, native)',
    '0.82 (Node v24.1.0 / PyTorch, native)',
    '1.01 (Node v20.20.2 / PyTorch, native)',
    '0.50 (Node v24.1.0 / PyTorch, native)',
  ]);
});

test('the other parts', () => {
  const milliseconds = { help: spread(75.4), start: spread(201.3), firstStep: spread(812.2) };
  const rows = targetRows({
    threads: { machine: idle, speedUp: spread(1.92), sideBySide: spread(1.05) },
    step: { machine: idle, memoryBytes: 293e6 },
    start: { machine: idle, milliseconds },
    loading: { machine: idle, share: 0.0061 },
  });
  const measured = rows.slice(4).map((row: readonly string[]) => row[3]);
  expect(measured).toEqual([
    '1.92',
    '1.05',
    '0.29 GB',
    '75 ms',
    '201 ms until it begins, 812 ms until it is done',
    '0.6%',
  ]);
});

test('on a busy machine no ratio is quoted, and times say so', () => {
  const machine = { busy: 0.9 };
  const start = { machine, milliseconds: { help: spread(75), start: spread(201), firstStep: spread(812) } };
  const threads = { machine, speedUp: spread(1.2), sideBySide: spread(1.4) };
  const rows = targetRows({ peer: { ...peer, machine }, threads, start });
  const measured = rows.map((row: readonly string[]) => row[3]);
  for (const i of [0, 1, 2, 3, 4, 5]) expect(measured[i]).toMatch(/^no ratio is quoted: other work kept 90%/);
  expect(measured[7]).toBe('75 ms (on a busy machine)');
});
