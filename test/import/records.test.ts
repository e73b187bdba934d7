/** What an import writes is held against run.json, and a level is the number that someone wrote. */
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
