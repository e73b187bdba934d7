/** Kinds that a reader of docs/import.md found: rows of an import that were taken, single precision, Keras's two writers. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { importCurves } from '../../src/import/node/importFiles.js';
import { loadRun } from '../../src/store/node/studyFiles.js';
import { csvText, importFolder, inFolder, sixFiles, TEMPLATE } from './curveFiles.js';

const files = sixFiles((rows) =>
  csvText(
    ['epoch', 'train_loss', 'val_acc'],
    rows.filter(({ epoch }) => epoch !== 2).map(({ epoch, tl, va }) => [epoch, tl, va]),
  ),
);

it('an imported run from whose metrics.csv a row was taken is named; epochs that its log lacked are none', () =>
  inFolder(files, async (folder) => {
    const out = `${folder}-study`;
    try {
      const { records } = await importCurves({ sources: [folder], choices: { levels: TEMPLATE }, out });
      const directory = records.runs[0]!.directory!;
      const told: string[] = [];
      expect(loadRun(directory, (text) => void told.push(text))!.misfit).toBeUndefined();
      const path = join(directory, 'metrics.csv');
      const lines = readFileSync(path, 'utf8').split('\n');
      writeFileSync(path, lines.filter((_, i) => i !== 4).join('\n'));
      expect(loadRun(directory, (text) => void told.push(text))!.record.status).toBe('failed');
      expect(told.join('\n')).toMatch(/holds 6 rows, to epoch 8, of a run of 8 epochs \(7 rows\); it is not/);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }));

const SINGLE = [
  ['0.10000000149011612', 0.1],
  ['0.0005000000237487257', 5e-4],
  ['0.0009765625', 2 ** -10],
  ['0.1234567890123', 0.1234567890123],
] as const;

it.each(SINGLE)('a level that a log holds in single precision: %s is %d', (text, level) =>
  inFolder(
    {
      'all.csv': csvText(
        ['lr', 'seed', 'epoch', 'val_acc'],
        [text, '0.3'].flatMap((lr, i) => [1, 2, 3].map((epoch) => [lr, 0, epoch, 0.1 * epoch + 0.01 * i])),
      ),
    },
    async (folder) => {
      const { written } = await importFolder(folder);
      const levels = written!.records.runs.map(({ record }) => record.levels.learningRate);
      expect(written!.plan.runs.map((run) => run.levels.learningRate)).toContain(level);
      expect(written!.plan.runs.map((run) => run.from?.learningRate).join('\n')).toMatch(
        Number(text) === level ? /columns/ : /in single precision: 0\.\d{12,}/,
      );
      expect(levels).toHaveLength(2);
    },
  ),
);

const scalars = (values: readonly number[]) =>
  csvText(
    ['Wall time', 'Step', 'Value'],
    values.map((value, step) => [1714725000 + step, step, value]),
  );
const byWriter = (lr: number, tag: string): Record<string, string> => ({
  [`run-lr_${lr}_s0_train-tag-${tag}.csv`]: scalars([0.5, 0.6, 0.75 + lr]),
  [`run-lr_${lr}_s0_validation-tag-${tag}.csv`]: scalars([0.3, 0.4, 0.5 + lr]),
});

it("TensorBoard's CSV of Keras's writers train and validation are one run", () =>
  inFolder({ ...byWriter(0.1, 'epoch_accuracy'), ...byWriter(0.2, 'epoch_accuracy') }, async (folder) => {
    const { written, said } = await importFolder(folder);
    expect(written?.plan.runs, said).toHaveLength(2);
    const metrics = written!.records.runs[0]!.metrics;
    expect(metrics.map((row) => [row.trainAccuracy, row.validAccuracy])).toEqual([
      [0.5, 0.3],
      [0.6, 0.4],
      [0.85, 0.6],
    ]);
  }));

it('a tag that says its split keeps it, whatever its run is called', () =>
  inFolder(
    {
      'run-lr_0.1_s0_train-tag-val_acc.csv': scalars([0.3, 0.4, 0.5]),
      'run-lr_0.2_s0_train-tag-val_acc.csv': scalars([0.3, 0.4, 0.6]),
    },
    async (folder) => {
      const { written } = await importFolder(folder);
      expect(written!.records.runs.map(({ metrics }) => metrics.at(-1)!.validAccuracy)).toEqual([0.5, 0.6]);
    },
  ));
