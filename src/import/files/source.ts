/** Where bytes come from. Everything else of `import/` is pure: a file on disk, a buffer in a test, a file that a page was given. */

export interface SourceFile {
  /** As it is shown and matched: with the folders below what was asked for, separated by `/`. */
  readonly path: string;
  readonly bytes: number;
  /** From the byte `start` to before `end`; without them the whole. Can be called again: a file is read more than once. */
  read(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/** The first bytes of a file, at most `count`. */
export async function headOf(file: SourceFile, count: number): Promise<Uint8Array> {
  return joined(file.read(0, Math.min(count, file.bytes)));
}

/** All bytes of a stream in one array. */
export async function joined(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
  }
  if (pieces.length === 1) return pieces[0]!;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** `lr_0.1_s0.csv` of `runs/lr_0.1_s0.csv`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `runs` of `runs/lr_0.1_s0.csv`; empty where there is none. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
}

const ENDINGS = /(\.(csv|tsv|txt|tab|dat|log|jsonl?|ndjson|parquet|pq|db|sqlite3?|gz|csv\.gz|yaml|yml))+$/i;

/** The path without the endings that tell a format: `lr_0.1` of `lr_0.1.csv.gz`. */
export function withoutEnding(path: string): string {
  return path.replace(ENDINGS, '');
}
