import pc from 'picocolors';

/**
 * What is printed may have nowhere to go. A reader that went away (`ceteris run ... | head`) and a terminal that was
 * closed are no reason to stop working; results that a full disk does not take are told, once.
 */
export function watchOutput(): void {
  let told = false;
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (told || code === 'EPIPE') return;
    told = true;
    process.exitCode = 1;
    const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : message;
    process.stderr.write(`${pc.red('error:')} the output cannot be written: ${why}\n`);
  });
  process.stderr.on('error', () => {});
}

/** A result, for a person or a program: stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** A sentence for a person: stdout; on a terminal broken between words, so that a path can be taken whole. */
export function printWords(text: string): void {
  const { isTTY, columns } = process.stdout;
  print(isTTY ? broken(text, columns) : text);
}

/** What a program asked for with --json: stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Progress and remarks: stderr; on a terminal broken between words. */
export function remark(text: string): void {
  const { isTTY, columns } = process.stderr;
  process.stderr.write(`${pc.dim(isTTY ? broken(text, columns) : text)}\n`);
}

const broken = (text: string, columns: number) =>
  text
    .split('\n')
    .map((line) => wrap(line, 2, columns))
    .join('\n');

/** What a person should know beside the result. */
export function remarkNotes(notes: readonly string[]): void {
  for (const note of notes) remark(`note: ${note}`);
}

/** 3723 -> "1 h 02 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= 48 * 60) return `${Math.round(minutes / 1440)} days`;
  const rest = String(minutes % 60).padStart(2, '0');
  return `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** 1234567890 -> "1.23 GB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** Broken at the width, continued lines indented. */
export function wrap(text: string, indent: number, width = 80): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=\S) /)) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
