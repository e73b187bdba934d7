/** The wide form of the kernels' inner loops, as scripts/widen.mjs writes it. */
import { join } from 'node:path';
import { expect, test } from 'vitest';

const { widen } = await import(join(import.meta.dirname, '../../scripts/widen.mjs'));

const lines = (...text: string[]) => text.join('\n');

test('each vector becomes two neighbours, what is the same for both stays single, the upper half is stored first', () => {
  const plain = lines(
    'export function f(a: usize, p: usize, out: usize): void {',
    '  const w = v128.load(p), end = p + 4;',
    '  let s = v128.load_splat<f32>(a, 4);',
    '  let c = f32x4.mul(w, s);',
    '  c = madd(v128.load(p + (1 << SHIFT), 2 * PIXEL), w, c);',
    '  p += PIXEL;',
    '  v128.store(out, c);',
    '  v128.store(out, madd(c, w, c), PIXEL);',
    '}',
  );
  expect(widen(plain)).toBe(
    lines(
      'export function f(a: usize, p: usize, out: usize): void {',
      '  const w = v128.load(p), w_ = v128.load(p, 16), end = p + 4;',
      '  let s = v128.load_splat<f32>(a, 4);',
      '  let c = f32x4.mul(w, s), c_ = f32x4.mul(w_, s);',
      '  c = madd(v128.load(p + (1 << SHIFT), 2 * PIXEL), w, c);',
      '  c_ = madd(v128.load(p + (1 << SHIFT), 2 * PIXEL + 16), w_, c_);',
      '  p += PIXEL;',
      '  v128.store(out, c_, 16);',
      '  v128.store(out, c);',
      '  v128.store(out, madd(c_, w_, c_), PIXEL + 16);',
      '  v128.store(out, madd(c, w, c), PIXEL);',
      '}',
    ),
  );
});

test('names are those of one function', () => {
  const plain = lines(
    'function f(): void {',
    '  let x = madd(a, b, c);',
    '}',
    'function g(): void {',
    '  x = 3;',
    '}',
  );
  expect(widen(plain)).toContain('\n  x = 3;\n}');
});
