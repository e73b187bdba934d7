/** Lines at the end of a terminal that are written again and again, under a log that stays. */
import { stripVTControlCharacters } from 'node:util';
import { wrap } from './output.js';

/** What is needed of a terminal. */
export interface Terminal {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
  /** Node asks for the size only when a signal has told of a change, which may be late: this asks at once. */
  _refreshSize?(): void;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** The whole line, and before it is written: what is cleared behind a text still counts where tmux breaks lines anew. */
const clear = '\u001b[2K';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const up = (rows: number) => (rows === 0 ? '' : `\u001b[${rows}A`);

/** Milliseconds between two drawings; and of waiting until a window that is being dragged is at rest. */
const pace = 100;
const rest = 150;

/**
 * Each drawing goes up over the last one and writes over it, line by line: a terminal that clears all that it shows may
 * put it into its history. A terminal that became narrower has broken the lines that it shows, so the way up is counted
 * at its width of now: no part of an old line is left.
 */
export class LiveLines {
  readonly #terminal: Terminal;
  readonly #make: (width: number) => readonly string[];
  #drawn: readonly string[] = [];
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  readonly #redraw = () => this.draw();
  readonly #resized = () => {
    this.#cancel();
    this.#timer = setTimeout(this.#redraw, rest).unref();
  };

  /** @param make the lines of now, none longer than the width */
  constructor(terminal: Terminal, make: (width: number) => readonly string[]) {
    this.#terminal = terminal;
    this.#make = make;
    terminal.write(hideCursor);
    terminal.on('resize', this.#resized);
    process.once('exit', this.#giveBack);
  }

  /** Draws soon; many calls are one drawing. */
  update(): void {
    if (this.#timer !== null) return;
    const wait = Math.max(0, pace - (performance.now() - this.#drawnAt));
    this.#timer = setTimeout(this.#redraw, wait).unref();
  }

  draw(): void {
    this.#write([]);
  }

  /** Lines above, that stay: broken between words at the width of now. */
  log(text: string, style: (line: string) => string = String): void {
    const lines = text.split('\n').flatMap((line) => wrap(line, 2, this.#width).split('\n'));
    this.#write(lines.map(style));
  }

  /** Takes the lines away and gives the terminal back. */
  finish(): void {
    this.#cancel();
    this.#put([], []);
    this.#terminal.off('resize', this.#resized);
    process.off('exit', this.#giveBack);
    this.#giveBack();
  }

  readonly #giveBack = () => void this.#terminal.write(showCursor);

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #write(above: readonly string[]): void {
    this.#terminal._refreshSize?.();
    this.#cancel();
    // Lines that have left the screen at its top cannot be written over.
    this.#put(above, this.#make(this.#width).slice(0, Math.max(1, (this.#terminal.rows ?? 24) - 1)));
    this.#drawnAt = performance.now();
  }

  #put(above: readonly string[], lines: readonly string[]): void {
    const old = this.#rowsOf(this.#drawn.map((line) => line.length));
    const written = [...above, ...lines];
    const rows = this.#rowsOf([...above.map(plainLength), ...lines.map((line) => line.length)]);
    const left = Math.max(0, old - rows);
    const cleared = `${clear}\n`.repeat(left);
    const text = written.map((line) => `${this.#clearFor(plainLength(line))}${line}\n`).join('');
    this.#terminal.write(`${up(old)}\r${text}${cleared}${up(left)}`);
    this.#drawn = lines;
  }

  /** Clears the rows that a line will take: the terminal breaks a long one, and what stands there would stay behind its end. */
  #clearFor(length: number): string {
    const more = this.#rowsOf([length]) - 1;
    return `${clear}${`\n${clear}`.repeat(more)}${up(more)}\r`;
  }

  /** A character less than there is: a full line leaves the cursor in doubt. */
  get #width(): number {
    return Math.max(20, (this.#terminal.columns ?? 80) - 1);
  }

  /** Rows of the terminal that lines of these lengths take. */
  #rowsOf(lengths: readonly number[]): number {
    const columns = Math.max(1, this.#terminal.columns ?? 80);
    return lengths.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / columns)), 0);
  }
}

/** Without the sequences for colours. */
const plainLength = (text: string) => stripVTControlCharacters(text).length;
