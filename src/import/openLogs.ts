/** Files -> logs: each file's format found, files of one writer put together, hyperparameters beside them read. */

import { requestError } from '../base/errors.js';
import { advise } from './advice.js';
import type { Choices } from './choices.js';
import { folderOf, headOf, type SourceFile } from './files/source.js';
import { type Encoding, isGzip, unpacked } from './files/text.js';
import type { Format, FormatOptions, Hyperparameters, Log } from './formats/format.js';
import { formatNamed, formatOf } from './formats/registry.js';
import { folderOfHyperparameters, isHyperparameterFile, readHyperparameters } from './levels/files.js';

/** A file with how it was asked for: one that a person named must be read, one that a folder holds may be passed over. */
export interface FoundFile {
  readonly file: SourceFile;
  readonly named: boolean;
}

export interface OpenOptions {
  readonly choices: Choices;
  readonly note: (text: string) => void;
  readonly leaveOut: (file: string, why: string) => void;
  readonly progress?: (bytes: number) => void;
  /** How a plan that was made before says that a file's text is written. */
  readonly formOf?: (path: string) => Readonly<Record<string, string>> | null | undefined;
}

/** @throws a request error for a named file of no known format, and for files that cannot be read */
export async function* openLogs(found: readonly FoundFile[], options: OpenOptions): AsyncGenerator<Log> {
  const { choices } = options;
  const kept = found.filter(({ file }) => !isLeftOut(file.path, choices.leaveOut ?? [], options));
  const beside = await besideLogs(kept);
  const groups = new Map<string, { format: Format; files: SourceFile[] }>();
  for (const { file, named } of kept) {
    if (!named && isHyperparameterFile(file.path)) continue;
    const format = await recognised(file, named, options);
    if (format === null) continue;
    const key = `${format.name} ${format.together?.(file.path) ?? file.path}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { format, files: [file] });
    else group.files.push(file);
  }
  for (const { format, files } of groups.values()) {
    for (const log of await format.open(files, formatOptions(files[0]!, options))) {
      const own = hyperparametersFor(log.files[0]!.path, beside);
      yield own.length === 0 ? log : { ...log, hyperparameters: [...log.hyperparameters, ...own] };
    }
  }
}

/** Where a plan names the file its form stands whole: also what it does not say, it says. */
function formatOptions(
  { path }: SourceFile,
  { choices, formOf, note, progress }: OpenOptions,
): FormatOptions {
  const planned = formOf?.(path) ?? null;
  const { encoding, separator, decimal } =
    planned === null
      ? choices
      : {
          encoding: planned.encoding ?? 'utf-8',
          separator: planned.separator ?? ',',
          decimal: planned.decimal ?? 'point',
        };
  return {
    note,
    ...(progress === undefined ? {} : { progress }),
    ...(encoding === undefined ? {} : { encoding: encoding as Encoding }),
    ...(separator === undefined ? {} : { separator: separator === '\\t' ? '\t' : separator }),
    ...(decimal === undefined ? {} : { decimal: decimal as 'point' | 'comma' }),
  };
}

function isLeftOut(path: string, patterns: readonly string[], { leaveOut }: OpenOptions): boolean {
  const out = patterns.some((pattern) => {
    const source = pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*');
    return new RegExp(`(^|/)${source}(/|$)`).test(path);
  });
  if (out) leaveOut(path, 'left out as asked');
  return out;
}

/** Formats whose files are read as they lie. */
const PACKED_NEVER = ['tensorboard', 'parquet', 'sqlite'];

async function recognised(
  file: SourceFile,
  named: boolean,
  { choices, leaveOut }: OpenOptions,
): Promise<Format | null> {
  if (choices.format !== undefined) return formatNamed(choices.format);
  const head = await plainHead(file);
  const format = formatOf(file.path, head);
  if (format !== null && PACKED_NEVER.includes(format.name) && isGzip(await headOf(file, 2)))
    throw requestError({
      what: 'a compressed file of this format is not read',
      where: file.path,
      rule: `of compressed files those of text; this is ${format.title}`,
      ...advise([[`gunzip '${file.path}'`], [{ choice: 'leaveOut', value: file.path }]]),
    });
  if (format !== null && !(format.name === 'csv' && !named && /\.(txt|dat|tab)(\.gz)?$/i.test(file.path)))
    return format;
  if (!named) {
    if (format?.name === 'csv')
      leaveOut(file.path, 'text that is no .csv or .tsv is read only where it is named');
    if (format === null && /\.(jsonl?|ndjson|parquet|db|sqlite3?)$/i.test(file.path))
      leaveOut(file.path, 'of no known format');
    if (format === null && /\.(log|out)$/i.test(file.path) && looksLikeText(head))
      leaveOut(file.path, 'text that is no .csv or .jsonl is read only with --format csv (or jsonl)');
    return null;
  }
  if (looksLikeText(head)) return formatNamed('csv');
  throw requestError({
    what: 'a file is of no known format',
    where: file.path,
    rule: 'CSV and its relatives, and the logs that docs/import.md lists',
    ...advise([[{ choice: 'format', value: 'NAME' }, ', if it has another name than usual']]),
  });
}

async function plainHead(file: SourceFile): Promise<Uint8Array> {
  const head = await headOf(file, 4096);
  if (!isGzip(head)) return head;
  try {
    for await (const piece of unpacked(file)) if (piece.length > 0) return piece.subarray(0, 4096);
  } catch {
    // Told when the file is read.
  }
  return new Uint8Array();
}

function looksLikeText(head: Uint8Array): boolean {
  const marks = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return marks || !head.subarray(0, 1024).includes(0);
}

/** Files of hyperparameters by the folder whose logs they speak of. */
async function besideLogs(
  found: readonly FoundFile[],
): Promise<ReadonlyMap<string, readonly Hyperparameters[]>> {
  const byFolder = new Map<string, Hyperparameters[]>();
  for (const { file, named } of found) {
    if (named || !isHyperparameterFile(file.path)) continue;
    const folder = folderOfHyperparameters(file.path);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), await readHyperparameters(file)]);
  }
  return byFolder;
}

/** Those of the nearest folder; what they do not tell comes from the folders above. */
function hyperparametersFor(
  path: string,
  byFolder: ReadonlyMap<string, readonly Hyperparameters[]>,
): Hyperparameters[] {
  const told = new Set<string>();
  const all: Hyperparameters[] = [];
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    const here = byFolder.get(folder) ?? [];
    for (const one of here) {
      const values = Object.fromEntries(Object.entries(one.values).filter(([name]) => !told.has(name)));
      if (Object.keys(values).length > 0) all.push({ from: one.from, values });
    }
    for (const one of here) for (const name of Object.keys(one.values)) told.add(name);
    if (folder === '') return all;
  }
}
