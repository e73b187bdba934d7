/** Loops of several steps a turn, as scripts/unroll.mjs writes them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';

const { unroll } = await import(join(import.meta.dirname, '../../scripts/unroll.mjs'));

const loop = (end: string) => `  do {\n    a += step;\n    b += 4;\n  } while (b < last);${end}\n`;

test('the body stands as often as the loop says, with an exit between; other loops stay as they are', () => {
  const step = '  {\n    a += step;\n    b += 4;\n  }\n';
  const exit = '  if (!(b < last)) break;\n';
  const three = `  do {\n${step}${exit}${step}${exit}${step}  } while (b < last);\n`;
  expect(unroll(loop('') + loop(' // 3 steps a turn') + loop(''))).toBe(loop('') + three + loop(''));
});
