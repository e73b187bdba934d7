/** What a command prints -> log.txt, bounded: the head as it comes, of the rest the last part. */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Bytes of an attempt's output that are written as they come, and bytes of its end that are kept besides. */
const headBytes = 4 * 2 ** 20;
const tailBytes = 2 ** 20;
/** Bytes in which the last lines are looked for. */
const lastBytes = 64 * 2 ** 10;

export class OutputLog {
  readonly #file: number;
  #written = 0;
  #tail: Buffer[] = [];
  #held = 0;
  #leftOut = 0;
  #last: Buffer = Buffer.alloc(0);
  #isFull = false;

  /** @throws where the file cannot be opened */
  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  take(piece: Buffer): void {
    const last = piece.length >= lastBytes ? piece : Buffer.concat([this.#last, piece]);
    this.#last = Buffer.from(last.subarray(Math.max(0, last.length - lastBytes)));
    const head = piece.subarray(0, Math.max(0, headBytes - this.#written));
    if (head.length > 0) this.#write(head);
    this.#written += head.length;
    if (head.length < piece.length) this.#hold(Buffer.from(piece.subarray(head.length)));
  }

  /** Writes what was kept of the end, and what was left out. */
  end(): void {
    if (this.#leftOut > 0) {
      const size = `${this.#leftOut} bytes of output`;
      this.#write(
        Buffer.from(`\n# ${size} were left out here: the first ${headBytes} and the last are kept\n`),
      );
    }
    for (const piece of this.#tail) this.#write(piece);
    if (this.#last.length > 0 && this.#last.at(-1) !== 0x0a) this.#write(Buffer.from('\n'));
    closeSync(this.#file);
  }

  /** The last lines that say something, each cut to 300 characters. Progress bars rewrite one line: its last form. */
  lastLines(count: number): string[] {
    return this.#last
      .toString('utf8')
      .split('\n')
      .map(lastForm)
      .map((line) => printable(line).trimEnd())
      .filter((line) => line.trim() !== '' && isText(line))
      .slice(-count)
      .map((line) => (line.length > 300 ? `${line.slice(0, 297)}...` : line));
  }

  #hold(piece: Buffer): void {
    this.#tail.push(piece);
    this.#held += piece.length;
    while (this.#held - (this.#tail[0]?.length ?? 0) >= tailBytes) {
      const first = this.#tail.shift()!;
      this.#held -= first.length;
      this.#leftOut += first.length;
    }
  }

  /** A full disk ends the log, not the run. */
  #write(bytes: Buffer): void {
    if (this.#isFull) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch {
      this.#isFull = true;
    }
  }
}

/** What stands on a terminal at the end of a line that was rewritten. */
function lastForm(line: string): string {
  return line.split('\r').findLast((form) => form.trim() !== '') ?? '';
}

/** Bytes that are no text were decoded to replacement characters: of a line that is full of them nothing can be read. */
function isText(line: string): boolean {
  return line.split('\ufffd').length - 1 <= line.length / 20;
}

/** Without the sequences for colours and the characters that move a terminal's cursor. */
function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken away
  return line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
