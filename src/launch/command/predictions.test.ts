/** predictions.csv that a command has written: read as our own runs' are, by everything after it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compareNetworks, networkSentences } from '../../analysis/findings/compareNetworks.js';
import { readPredictions } from '../../analysis/trials/node/subjects.js';
import { RunFiles } from '../../store/node/runFiles.js';
import { readWrittenPredictions } from './predictions.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-predictions-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** What a command writes over 20 images of each split, right on those that `right` names; taken over into its run. */
function taken(name: string, right: (index: number) => boolean, isSure: boolean) {
  const rows = (split: string) =>
    Array.from({ length: 20 }, (_, i) => {
      const sure = isSure ? ',0.75' : '';
      return `${split},${i},3,${right(i) ? 3 : 1},${right(i) ? 0.2 : 1.5}${sure}`;
    });
  const head = `split,index,label,predicted,loss${isSure ? ',confidence' : ''}`;
  const folder = mkdtempSync(join(scratch, name));
  writeFileSync(join(folder, 'predictions.csv'), [head, ...rows('validation'), ...rows('test')].join('\n'));
  const written = readWrittenPredictions(folder)!;
  const directory = join(folder, 'run');
  new RunFiles(directory).writePredictions(written.rows);
  return { calibration: written.calibration, rows: readPredictions({ directory }) };
}

it('two runs are compared image by image by McNemar, for each split; a confidence tells calibration', () => {
  const first = taken('first', (i) => i < 15, true);
  const second = taken('second', (i) => i >= 9 && i < 16, false);
  const results = compareNetworks(first.rows, second.rows);
  // 9 images only the first, 1 only the second: exact p = 2 P(X <= 1 | 10, 1/2) = 2 (1 + 10) / 2^10.
  const expected = { examples: 20, onlyFirst: 9, onlySecond: 1, difference: 0.4 };
  expect(results).toMatchObject([
    { split: 'validation', ...expected },
    { split: 'test', ...expected },
  ]);
  for (const result of results) expect('p' in result && result.p).toBeCloseTo(22 / 1024, 12);
  expect(networkSentences(results[0]!, ['A', 'B'])[0]).toMatch(/McNemar’s exact p = 0\.021/);
  // 15 of 20 right, each said with 0.75.
  expect(first.calibration?.expectedCalibrationError).toBeCloseTo(0, 12);
  expect(second.calibration).toBeNull();
});

it('says what is wrong with a table, and how one is written', () => {
  const said = (text: string) => {
    const folder = mkdtempSync(join(scratch, 'bad'));
    writeFileSync(join(folder, 'predictions.csv'), text);
    try {
      readWrittenPredictions(folder);
    } catch (error) {
      return (error as Error).message;
    }
    return 'it was read';
  };
  const head = 'split,index,label,predicted,loss,confidence\n';
  const form = /do: {4}write the columns split/;
  for (const [text, what] of [
    ['index,label,pred\n1,1,1\n', /predictions\.csv/],
    [`${head}val,0,1,1,0.1,0.9\n`, /validation or test[\s\S]*val/],
    [`${head}test,0,cat,dog,0.1,0.9\n`, /cat/],
    [`${head}test,0,1,1,0.1,0.9\ntest,1\n`, /row 2/],
    [`${head}test,0,1,1,0.1,1.7\n`, /confidence is no probability[\s\S]*1\.7/],
    [`${head}test,0,1,1,0.1,0.9\ntest,0,1,0,0.1,0.9\n`, /predicted twice/],
  ] as const) {
    expect(said(text)).toMatch(what);
    expect(said(text)).toMatch(form);
    expect(said(text)).not.toMatch(/restore the file/);
  }
});
