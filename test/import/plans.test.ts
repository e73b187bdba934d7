/** A plan that was edited, or that meets other files than when it was made, is followed to the letter or refused. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CeterisError } from '../../src/base/errors.js';
import type { Choices } from '../../src/import/choices.js';
import { planImport } from '../../src/import/node/importFiles.js';
import { formatPlan } from '../../src/import/plan.js';
import { csvText, type Files, inFolder } from './curveFiles.js';

const rows = (rate: number, epochs: readonly number[]) =>
  csvText(
    ['epoch', 'train_loss', 'val_acc'],
    epochs.map((e) => [e, 4 - e / 2 - rate, (e + rate) / 10]),
  );
const files: Files = {
  'lr_0.1_s0/version_0/metrics.csv': rows(0.1, [1, 2, 3]),
  'lr_0.1_s0/version_1/metrics.csv': rows(0.1, [4, 5, 6]),
  'lr_0.2_s0/version_0/metrics.csv': rows(0.2, [1, 2, 3, 4, 5, 6]),
};
const choices: Choices = { leaveOut: ['version_1'] };

/** What is said of an import by a plan that `edit` has changed. */
async function saidBy(folder: string, edit: (plan: string) => string): Promise<string> {
  const plan = formatPlan(await planImport({ sources: [folder], choices }));
  const as = `${folder}-plan.yaml`;
  writeFileSync(as, edit(plan));
  try {
    const { notes } = await planImport({ sources: [folder], as });
    return notes.join('\n');
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    return error.message;
  } finally {
    rmSync(as);
  }
}

it('a piece that is written into a run is read with it, or refused: never passed over', () =>
  inFolder(files, async (folder) => {
    const piece = (plan: string) =>
      plan.replace(
        /( +)- file: (.*lr_0\.1_s0\/)version_0\/metrics\.csv\n +reading: 0\n/,
        (whole, indent, path) =>
          `${whole}${indent}- file: ${path}version_1/metrics.csv\n${indent}  reading: 0\n`,
      );
    expect(await saidBy(folder, piece)).toMatch(
      /a part of a run that the plan names was not found[\s\S]*version_1/,
    );
    const both = (plan: string) => piece(plan).replace(/choices:\n(?: .*\n)+/, 'choices: {}\n');
    expect(await saidBy(folder, both)).toMatch(
      /two files of a run hold trainLoss[\s\S]*version_0.* and .*version_1/,
    );
  }));

it('files that a plan does not name, and files without a checksum, are said', () =>
  inFolder(files, async (folder) => {
    const text = await saidBy(folder, (plan) => {
      mkdirSync(join(folder, 'lr_0.3_s0'));
      writeFileSync(join(folder, 'lr_0.3_s0', 'metrics.csv'), rows(0.3, [1, 2, 3]));
      return plan.replace(/^files:[\s\S]*$/m, '');
    });
    expect(text).toMatch(/the plan does not name them: .*lr_0\.3_s0\/metrics\.csv$/m);
    expect(text).toMatch(/no checksum of .*lr_0\.1_s0/);
  }));

it.each([
  ['', /a reading plan is empty/],
  ['a: 1', /choices: this key is missing/],
])('a plan that is none: %j', (text, says) =>
  inFolder(files, async (folder) => expect(await saidBy(folder, () => text)).toMatch(says)),
);

it('a link to nothing is left out and named', () =>
  inFolder(files, async (folder) => {
    symlinkSync('nowhere.csv', join(folder, 'gone.csv'));
    const { leftOut } = await planImport({ sources: [folder], choices });
    expect(leftOut).toContainEqual({ file: `${folder}/gone.csv`, why: 'a link to what is not there' });
  }));

const state = (losses: readonly number[]) =>
  JSON.stringify({
    global_step: 10 * losses.length,
    log_history: losses.map((loss, i) => ({ epoch: i + 1, step: 10 * (i + 1), loss })),
  });

it.each([
  ['goes on', [3, 2], /the earlier ones hold the same history/],
  ['is another', [3, 2.5], /checkpoint-20\/trainer_state\.json holds another history/],
] as const)("a state of Hugging Face's Trainer that %s", (_, early, says) =>
  inFolder(
    {
      'lr_0.1_s0/checkpoint-20/trainer_state.json': state(early),
      'lr_0.1_s0/checkpoint-40/trainer_state.json': state([3, 2, 1, 0.5]),
    },
    async (folder) => {
      const { notes } = await planImport({ sources: [folder] });
      expect(notes.join('\n')).toMatch(says);
    },
  ),
);
