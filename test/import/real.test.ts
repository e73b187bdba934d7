/** Logs as the real tools wrote them, from the folder to a study, against numbers that were read apart. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/analysis/analyse.js';
import { importCurves, planImport } from '../../src/import/node/importFiles.js';
import { formatPlan, parsePlan } from '../../src/import/plan.js';
import type { MetricsRow } from '../../src/store/records.js';

const REAL = join(import.meta.dirname, '../../../shared/curves/real');
const has = existsSync(REAL);
if (!has) console.log('left out: logs of the real tools (../shared/curves is not on this machine)');

interface TruthRun {
  readonly run: string;
  readonly levels: { readonly lr: number; readonly seed: number };
  readonly epochs: {
    readonly columns: readonly (keyof MetricsRow)[];
    readonly rows: readonly (readonly (number | null)[])[];
  };
}
const truth = has
  ? (JSON.parse(readFileSync(join(REAL, 'truth.json'), 'utf8')) as {
      sources: Record<string, { runs: readonly TruthRun[] }>;
    })
  : { sources: {} };
const SOURCES = [
  'tensorboard',
  'tensorboard-resumed',
  'lightning',
  'lightning-tensorboard',
  'huggingface',
  'jsonl',
  'long-format-pandas.csv',
  'long-format.parquet',
];

async function imported(source: string) {
  const out = mkdtempSync(join(tmpdir(), 'ceteris-real-'));
  try {
    return await importCurves({ sources: [join(REAL, source)], out: join(out, 'study') });
  } finally {
    rmSync(out, { recursive: true });
  }
}

describe.skipIf(!has)('logs of the real tools', () => {
  it.each(SOURCES)('%s', async (source) => {
    const { records, plan } = await imported(source);
    const { runs } = truth.sources[source]!;
    expect(records.runs).toHaveLength(runs.length);
    expect(records.problems ?? []).toEqual([]);
    for (const one of runs) {
      const { lr, seed } = one.levels;
      const found = records.runs.find(
        ({ record }) =>
          (record.levels.learningRate ?? plan.held?.learningRate ?? records.study.baseline.learningRate) ===
            lr && record.seed.label === seed,
      );
      expect(found, one.run).toBeDefined();
      expect(found!.record.status).toBe('done');
      expect(found!.metrics).toHaveLength(one.epochs.rows.length);
      for (const [i, row] of one.epochs.rows.entries())
        compareRow(found!.metrics[i]!, one.epochs.columns, row, source);
    }
    const { findings } = analyse(records);
    for (const { verdict } of findings) expect(String(verdict)).not.toMatch(/length|diverged/);
  });

  it('says that a writer went on, and reads one training from two logs once', async () => {
    expect((await imported('tensorboard-resumed')).notes.join('\n')).toMatch(/a writer went on at step 2/);
    const sources = ['jsonl', 'long-format.parquet'].map((one) => join(REAL, one));
    const plan = await planImport({ sources });
    expect(plan.runs).toHaveLength(6);
    expect(plan.notes.filter((note) => /same run twice/.test(note))).toHaveLength(4);
  });

  it('reads them again exactly as the plan says', async () => {
    const first = await planImport({ sources: [join(REAL, 'lightning')] });
    const read = parsePlan(formatPlan(first), 'reading.yaml');
    expect(read).toEqual(first);
  });
});

function compareRow(
  found: MetricsRow,
  columns: readonly (keyof MetricsRow)[],
  row: readonly (number | null)[],
  source: string,
): void {
  for (const [i, column] of columns.entries()) {
    // To leave the learning rate out is no fault; Hugging Face's training loss is a mean that was taken apart.
    if (column === 'learningRate' && found[column] === null) continue;
    if (source === 'huggingface' && column === 'trainLoss') expect(found[column]).toBeCloseTo(row[i]!, 12);
    else expect(found[column], `${source} ${column}`).toBe(row[i]);
  }
}
