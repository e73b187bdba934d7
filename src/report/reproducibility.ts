/** What it takes to get these numbers again. */

import { isImported } from '../analysis/trials/imported.js';
import { ABSENT, count, joinWords } from '../analysis/words/format.js';
import { precisionWords } from '../store/backend.js';
import type { LoadedRun, RunRecord, StudyRecords } from '../store/records.js';
import { type Block, cell, notice, paragraph, type TableBlock } from './blocks.js';

/** Versions, backend, host, seeds, data, commit, looks, and where the resolved study lies. */
export function reproducibilityBlocks(records: StudyRecords): Block[] {
  const { runs, looks } = records;
  const mixed = distinct(runs, (run) => run.backend?.backend ?? null).length > 1;
  const gpus = distinct(runs, ({ backend }) =>
    backend?.backend === 'webgpu' ? (backend.tiles.device ?? null) : null,
  );
  const precisions = distinct(runs, ({ backend }) => (backend === null ? null : precisionWords(backend)));
  return [
    ...(mixed
      ? [notice('Runs of this study were trained by different backends: contrasts between them mix the two.')]
      : []),
    ...(gpus.length > 1 ? [notice(gpusText(gpus))] : []),
    ...(precisions.length > 1 ? [notice(precisionsText(precisions))] : []),
    ...readAsBlocks(records),
    recordTable(records),
    ...(looks.length === 0 ? [] : [looksTable(records)]),
    // Of imported curves its defaults say nothing.
    ...(isImported(records)
      ? []
      : [paragraph('study.yaml, in the study’s directory, has every default written out.')]),
  ];
}

/** Where runs were trained on more than one GPU, or by more than one driver: each adds and rounds in an order of its own. */
function gpusText(gpus: readonly [string, number][]): string {
  const each = joinWords(gpus.map(([device, n]) => `${count(n, 'run')} on ${device}`));
  return `Runs of this study were trained on different GPUs or drivers: ${each}. Each rounds in its own order, so the same run differs between them as two libraries do: compare levels within one, or read small differences with care.`;
}

/** Where runs were trained in more than one precision: a factor beside those of the study. */
function precisionsText(precisions: readonly [string, number][]): string {
  const each = joinWords(precisions.map(([words, n]) => `${count(n, 'run')} in ${words}`));
  return `Runs of this study differ in precision: ${each}. Contrasts between them mix its effect with that of the levels.`;
}

/** How the files of an import were read, and what was assumed. */
function readAsBlocks({ imported }: StudyRecords): Block[] {
  if (imported === null || imported === undefined) return [];
  const items = [...imported.readAs, ...imported.notes].map(
    (text) => `${text}${text.endsWith('.') ? '' : '.'}`,
  );
  return [
    paragraph('The imported files were read as follows (import.json holds the whole plan):'),
    { kind: 'list', items },
  ];
}

/** The different values of a property over the runs, most frequent first, runs without it left out. */
function distinct(runs: readonly LoadedRun[], of: (record: RunRecord) => string | null): [string, number][] {
  const counts = new Map<string, number>();
  for (const { record } of runs) {
    const value = of(record);
    if (value !== null && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]);
}

function recordTable(records: StudyRecords): TableBlock {
  const { runs, study, split } = records;
  const say = (of: (record: RunRecord) => string | null) => {
    const values = distinct(runs, of);
    if (values.length === 0) return ABSENT;
    return values
      .map(([value, n]) => (values.length === 1 ? value : `${value} (${count(n, 'run')})`))
      .join('; ');
  };
  const seconds = runs.reduce((sum, run) => sum + run.record.seconds, 0);
  const changes = [...new Set(runs.flatMap((run) => run.record.variantChanges))];
  const rows: [string, string][] = [
    ['Versions', say((run) => pairs(run.versions))],
    [
      'Backend',
      say((run) =>
        run.backend === null
          ? null
          : `${run.backend.backend}, ${run.backend.variant}, ${run.backend.precision}`,
      ),
    ],
    ['Tiles', say((run) => (run.backend === null ? null : pairs(run.backend.tiles)))],
    [
      'Host',
      say(({ host }) =>
        host === null ? null : `${host.name}: ${host.cpu}, ${count(host.cores, 'core')}, ${host.platform}`,
      ),
    ],
    ['Seeds', seedsText(records)],
    ...commandRows(records, say),
    ['Dataset', isOwn(records) ? datasetText(records) : ABSENT],
    ['Dataset checksum', say((run) => run.datasetChecksum)],
    ['Git commit', say((run) => run.gitCommit)],
    ['First start, last end', spanText(runs)],
    [
      'Training and evaluation',
      seconds === 0 ? ABSENT : `${(seconds / 3600).toFixed(2)} hours over ${count(runs.length, 'run')}`,
    ],
  ];
  if (runs.some((run) => run.record.source !== null)) rows.push(['Imported from', say((run) => run.source)]);
  if (changes.length > 0) rows.push(['Variant changes on resuming', changes.join('; ')]);
  if (split !== null && split.notes.length > 0) rows.push(['Notes on the split', split.notes.join('; ')]);
  if (study.report.code !== null) rows.push(['Code', study.report.code]);
  return {
    kind: 'table',
    name: 'reproducibility',
    caption: recordCaption(records),
    head: ['Record', 'Value'],
    numbersFrom: 2,
    rows: rows.filter(([, value]) => value !== ABSENT).map(([name, value]) => [cell(name), cell(value)]),
  };
}

/** What equal records are worth: only of runs of its own does this project know. */
function recordCaption(records: StudyRecords): string {
  if (isImported(records))
    return 'Where the numbers come from. How the runs were trained is as far as their files tell.';
  return records.study.trainer === 'engine'
    ? 'Runs with equal records give equal bits, whatever the number of threads and workers; times stand outside that promise.'
    : 'What was recorded of the command and its surroundings. Whether the same call gives the same numbers again is the command’s own doing.';
}

/** Whether this project's engine has trained the runs. */
function isOwn({ runs, study }: StudyRecords): boolean {
  return study.trainer === 'engine' && runs.some(({ record }) => record.source === null);
}

/** A long output stands in run.json: here its first line, and how many there are. */
function shortened(output: string | undefined): string | null {
  if (output === undefined) return null;
  const lines = output.split('\n');
  return lines.length === 1
    ? output.slice(0, 200)
    : `${lines[0]!.slice(0, 200)} ... (${lines.length} lines, whole in run.json)`;
}

/** Of runs that a command has trained: how it was called, and what is kept of its surroundings. */
function commandRows(
  { study: { trainer } }: StudyRecords,
  say: (of: (record: RunRecord) => string | null) => string,
): [string, string][] {
  if (trainer === 'engine') return [];
  const { command, record } = trainer;
  const long = Object.keys(record).filter(
    (name) => say(({ trainer: own }) => own?.recorded[name] ?? null) !== ABSENT,
  );
  return [
    ['Command', command.join(' ')],
    ['Called in', say(({ trainer: own }) => own?.folder ?? null)],
    [
      'GPUs',
      say(({ trainer: own }) => own?.gpus.map((gpu) => gpu.replace(/^[^:]*: /, '')).join(', ') ?? null),
    ],
    ...trainer.files.map((name): [string, string] => [
      `sha256 of ${name}`,
      say(({ trainer: own }) => own?.files[name]?.slice(0, 16) ?? null),
    ]),
    ...long.map((name): [string, string] => [
      `Recorded: ${name}`,
      say(({ trainer: own }) => shortened(own?.recorded[name])),
    ]),
  ];
}

const pairs = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

function seedsText(records: StudyRecords): string {
  const { study } = records;
  const labels = joinWords(study.seeds.map((seed) => String(seed.label)));
  if (isImported(records)) return `${labels} (of the imported runs: what they drove is not known)`;
  if (study.trainer !== 'engine') return `${labels} (given to the command)`;
  if (study.seedStreams === 'all') return `${labels} (one integer drives weights, order and augmentation)`;
  const stream = study.seedStreams === 'data' ? 'order and augmentation' : 'the initial weights';
  return `${labels}, for ${stream} only; all other randomness is the same in every run`;
}

function datasetText({ study, split }: StudyRecords): string {
  const { dataset } = study.baseline;
  const sizes =
    split === null
      ? ''
      : `: ${split.train.length} training, ${split.validation.length} validation and ${split.test.length} test images`;
  const condition =
    dataset.splitSeed === 'per-seed'
      ? '; the split differs between seeds'
      : `; split seed ${dataset.splitSeed}, so all results are conditional on this split`;
  return `${dataset.name}${sizes}${condition}`;
}

function spanText(runs: readonly LoadedRun[]): string {
  const starts = runs.flatMap(({ record }) => record.startedAt ?? []).sort();
  const ends = runs.flatMap(({ record }) => record.endedAt ?? []).sort();
  return starts.length === 0 ? ABSENT : `${starts[0]}, ${ends.at(-1) ?? 'not yet'}`;
}

function looksTable({ looks }: StudyRecords): TableBlock {
  return {
    kind: 'table',
    name: 'looks',
    caption:
      'Looks at the results before the study was complete. Each further look is tested at a stricter level.',
    head: ['Look', 'At', 'Runs before', 'Runs after', 'Change'],
    numbersFrom: 5,
    rows: looks.map(({ look, at, runsBefore, runsAfter, change }) => [
      cell(String(look), look),
      cell(at),
      cell(String(runsBefore), runsBefore),
      cell(String(runsAfter), runsAfter),
      cell(change),
    ]),
  };
}
