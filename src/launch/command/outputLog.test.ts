/** The last lines of a command's output, as they are told where it fails. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { OutputLog } from './outputLog.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-output-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const lastOf = (name: string, ...pieces: readonly (string | Buffer)[]) => {
  const log = new OutputLog(join(scratch, name));
  for (const piece of pieces) log.take(Buffer.from(piece));
  log.end();
  return log.lastLines(3);
};

it('of a progress bar the last form, whatever it rewrote; without colours', () => {
  const bar = Array.from({ length: 100 }, (_, i) => `\r${i}% ${'#'.repeat(i)}`).join('');
  expect(lastOf('bar', `${bar}\r\n`, '\u001b[31mred\u001b[0m\r\n', ' \n')).toEqual([
    `99% ${'#'.repeat(99)}`,
    'red',
  ]);
});

it('bytes that are no text are no lines; what is said among them is', () => {
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => 128 + ((i * 37) % 128)));
  expect(lastOf('noise', noise)).toEqual([]);
  expect(lastOf('said', noise, '\nout of memory\n', noise)).toEqual(['out of memory']);
  expect(readFileSync(join(scratch, 'noise')).length).toBeGreaterThanOrEqual(5000);
});

it('a line without an end is cut, and text of any language is text', () => {
  expect(lastOf('long', 'y'.repeat(5_000_000))[0]).toHaveLength(300);
  expect(lastOf('words', 'ошибка: память кончилась\nメモリ不足\n')).toEqual([
    'ошибка: память кончилась',
    'メモリ不足',
  ]);
});
