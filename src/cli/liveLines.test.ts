import { expect, test } from 'vitest';
import { LiveLines, type Terminal } from './liveLines.js';

/** A screen of a few columns that knows the sequences of LiveLines. */
class Screen implements Terminal {
  readonly rows = 40;
  readonly columns: number;
  readonly lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of a terminal
    for (const [part, up] of text.matchAll(/\u001b\[(\d+)A|\u001b\[[?\d]*[A-Za-z]|[\s\S]/g)) {
      if (up !== undefined) this.#row -= Number(up);
      else if (part === '\u001b[2K') this.lines[this.#row] = '';
      else if (part === '\r') this.#column = 0;
      else if (part === '\n') this.#down();
      else if (part.length === 1) this.#put(part);
    }
  }

  #put(letter: string): void {
    if (this.#column === this.columns) this.#down();
    const line = (this.lines[this.#row] ?? '').padEnd(this.#column);
    this.lines[this.#row] = line.slice(0, this.#column) + letter + line.slice(this.#column + 1);
    this.#column++;
  }

  #down(): void {
    this.#row++;
    this.#column = 0;
    this.lines[this.#row] ??= '';
  }

  on(): void {}
  off(): void {}
}

const shown = (screen: Screen) => screen.lines.filter((line) => line !== '');

test('a line that stays, longer than the terminal is wide, leaves nothing of the lines that it goes over', () => {
  const screen = new Screen(20);
  const live = new LiveLines(screen, () => ['aaaaaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbb']);
  live.draw();
  live.log('this-line-is-longer-than-that');
  const both = shown(screen);
  live.finish();
  expect(both).toEqual(['this-line-is-longer-', 'than-that', 'aaaaaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbbbbb']);
  expect(shown(screen)).toEqual(['this-line-is-longer-', 'than-that']);
});

test('a line that stays is broken between its words, each part in its style', () => {
  const screen = new Screen(20);
  const live = new LiveLines(screen, () => ['live']);
  live.log('synthetic: 100 training images\n  a reason of two lines', (line) => `\u001b[2m${line}\u001b[22m`);
  live.finish();
  expect(shown(screen)).toEqual(['synthetic: 100', '  training images', '  a reason of two', '  lines']);
});
