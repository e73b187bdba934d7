/** Small curve files made by code, and an import of them in a folder of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CeterisError } from '../../src/base/errors.js';
import type { Choices } from '../../src/import/choices.js';
import { importCurves, type WrittenImport } from '../../src/import/node/importFiles.js';

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder with these files, removed afterwards. */
export async function inFolder<T>(files: Files, use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ceteris-import-'));
  try {
    for (const [name, contents] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), contents);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Outcome {
  readonly written: WrittenImport | null;
  /** The message of the refusal, or everything that was said. */
  readonly said: string;
  readonly refused: boolean;
}

/** Imports the folder; a refusal in our words is an outcome, any other error is a fault. */
export async function importFolder(
  folder: string,
  choices: Partial<Choices> = {},
  sources: readonly string[] = [folder],
): Promise<Outcome> {
  try {
    const written = await importCurves({ sources, choices, out: `${folder}-study` });
    const { plan, notes } = written;
    const unread = plan.readings.flatMap(({ unread = {} }) =>
      Object.entries(unread).map((one) => one.join(': ')),
    );
    const left = plan.leftOut.map(({ file, why }) => `${file}: ${why}`);
    return { written, said: [...notes, ...unread, ...left].join('\n'), refused: false };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    return { written: null, said: error.message, refused: true };
  } finally {
    rmSync(`${folder}-study`, { recursive: true, force: true });
  }
}

export const TEMPLATE = 'lr_{learningRate}_s{seed}';

/** Two learning rates and three seeds: a curve for each, of `epochs` epochs; accuracies are fractions. */
export function curve(
  rate: number,
  seed: number,
  epochs = 8,
): { epoch: number; tl: number; ta: number; vl: number; va: number }[] {
  return Array.from({ length: epochs }, (_, i) => {
    const wave = Math.sin(7 * seed + 3 * i + 100 * rate) / 50;
    const rise = 1 - Math.exp(-(i + 1) * (0.1 + rate));
    return {
      epoch: i + 1,
      tl: round(4 - 3 * rise + wave),
      ta: round(0.7 * rise + wave),
      vl: round(4.2 - 2.5 * rise + wave),
      va: round(0.6 * rise + 0.02 + wave),
    };
  });
}

const round = (value: number) => Math.round(value * 1e4) / 1e4;

/** Files of two rates and `seeds` seeds, each written by `write`. */
export function sixFiles(
  write: (rows: ReturnType<typeof curve>, rate: number, seed: number) => string,
  seeds: readonly number[] = [0, 1, 2],
): Record<string, string> {
  return Object.fromEntries(
    [0.01, 0.05].flatMap((rate) =>
      seeds.map((seed) => [`lr_${rate}_s${seed}.csv`, write(curve(rate, seed), rate, seed)]),
    ),
  );
}

export function csvText(
  header: readonly string[],
  rows: readonly (readonly unknown[])[],
  separator = ',',
): string {
  return `${[header, ...rows].map((row) => row.join(separator)).join('\n')}\n`;
}
