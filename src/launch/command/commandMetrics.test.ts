/** What a command has written, read by the study's words. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { commandSchema } from '../../study/trainer.js';
import { readWrittenMetrics } from './commandMetrics.js';

let folder = '';
const made: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ceteris-metrics-'));
  made.push(folder);
});
afterAll(() => {
  for (const one of made) rmSync(one, { recursive: true });
});

const read = (keys: object = {}, metric = 'validAccuracy') =>
  readWrittenMetrics({
    folder,
    metrics: commandSchema.parse({ command: ['./train'], metrics: keys }).metrics,
    judged: [{ name: metric, goal: 'maximize', at: 'last' }],
    wasResumed: false,
  });
const write = (text: string) => writeFileSync(join(folder, 'metrics.csv'), text);

it('errors advise by the keys of a study file, never by the options of an import', async () => {
  const said = async (text: string, keys = {}, metric = 'validAccuracy') => {
    write(text);
    const error = await read(keys, metric).catch((thrown: unknown) => thrown as Error);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).not.toMatch(/--[a-z]/);
    return (error as Error).message;
  };
  expect(await said('epoch,val_acc\n1,0\n2,1\n3,1\n')).toMatch(
    /do: {4}trainer\.metrics\.unit: fraction; or trainer\.metrics\.unit: percent$/,
  );
  expect(await said('epoch,val_acc\n1,0.4\n1,0.5\n')).toMatch(
    /of a log that was continued: trainer\.metrics\.repeats: last; or of single updates[^;]*mean$/,
  );
  expect(await said("epoch,val_acc,it's\n1,0.4,3\n", { columns: { 'valid/f1': "it's not" } })).toMatch(
    /no column holds the metric valid\/f1[\s\S]*a column it's not[\s\S]*columns: \{ valid\/f1: 'COLUMN' \}/,
  );
  expect(await said('epoch,val_acc\n0.1.1,0.4\n')).toMatch(/trainer\.metrics\.ignore: \['epoch'\]/);
  expect(await said('step,val_acc\n1,0.4\n2,0.5\n', { axis: 'epoch' })).toMatch(
    /no column of the axis that was asked for[\s\S]*trainer\.metrics\.columns: \{ epoch: 'COLUMN' \}/,
  );
  // No column is named otherwise where there is no row.
  expect(await said('epoch,val_acc\n')).not.toMatch(/do:/);
});

it('what is no file on a disk is refused, and not waited for', async () => {
  execFileSync('mkfifo', [join(folder, 'metrics.csv')]);
  await expect(read()).rejects.toThrow('the metrics of the command are no file');
  symlinkSync('/dev/zero', join(folder, 'zero.csv'));
  await expect(read({ file: 'zero.csv' })).rejects.toThrow('the metrics of the command are no file');
});

it('per cent signs are refused in a loss, as in an import, and taken in a metric of its own where all cells have them', async () => {
  write('epoch,valid_accuracy,valid_loss,f1\n1,40%,90%,51%\n2,50%,80%,52%\n');
  await expect(read()).rejects.toThrow(
    /a column that is no accuracy has per cent signs[\s\S]*valid_loss, line 2[\s\S]*trainer\.metrics\.ignore: \['valid_loss'\]/,
  );
  const { rows } = await read({ ignore: ['valid_loss'] }, 'f1');
  expect(rows.map(({ validAccuracy, f1 }) => [validAccuracy, f1])).toEqual([
    [0.4, 51],
    [0.5, 52],
  ]);
  write('epoch,f1\n1,51%\n2,0.52\n');
  await expect(read({}, 'f1')).rejects.toThrow(/f1, line 2[\s\S]*f1: plain numbers/);
});

it('a test column, a missing judged column and metrics without epochs are told in the words of a study file', async () => {
  write('epoch,test_accuracy\n1,0.5\n2,0.6\n');
  const test = await read().catch((thrown: unknown) => (thrown as Error).message);
  expect(test).toMatch(/never stands in for validation unasked/);
  expect(test).toMatch(/trainer\.metrics\.columns: \{ validAccuracy: 'test_accuracy' \}/);
  expect(test).not.toMatch(/--columns/);
  write('epoch,val_acc\n1,0.5\n2,0.6\n');
  await expect(read({ judged: 'val_top1' })).rejects.toThrow(/no column val_top1[\s\S]*epoch, val_acc/);
  expect((await read()).remark).toBeNull();
  const steps = [
    'step,loss,val_acc',
    ...Array.from({ length: 20 }, (_, i) => `${i + 1},1,${i % 5 ? '' : 0.5}`),
  ];
  write(`${steps.join('\n')}\n`);
  expect((await read()).remark).toMatch(
    /the 20 steps are counted as epochs; validAccuracy stands at 4 of them \(trainer\.metrics\.stepsPerEpoch: N/,
  );
  expect((await read({ stepsPerEpoch: 5 })).remark).toBeNull();
  expect((await read({ axis: 'step' })).remark).toBeNull();
  write('loss,val_acc\n1,0.5\n1,0.6\n');
  expect((await read()).remark).toMatch(/the 2 rows are counted as epochs/);
});

it('one map of values is one row, and several are JSON lines', async () => {
  const json = (text: string) => writeFileSync(join(folder, 'r.json'), text);
  json('{"valid_accuracy": 0.8, "note": "x", "test": {"f1": 0.7}}');
  expect((await read({ file: 'r.json' })).rows).toMatchObject([{ epoch: 1, validAccuracy: 0.8 }]);
  json('{\n  "means": { "val_acc": 0.75 },\n  "epochs": 3\n}\n');
  expect((await read({ file: 'r.json' })).rows).toMatchObject([{ validAccuracy: 0.75 }]);
  json('{"epoch":1,"val_acc":0.8}\n{"epoch":2,"val_acc":0.9}\n');
  expect((await read({ file: 'r.json' })).rows).toHaveLength(2);
});
