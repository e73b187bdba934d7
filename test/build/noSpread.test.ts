/** The lint rule of scripts/noSpreadIntoCall.grit fires where it should, and only there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');

/** The lines of the code that the rule complains of. */
function complaints(code: readonly string[]): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'ceteris-lint-'));
  try {
    const plugins = [join(root, 'scripts/noSpreadIntoCall.grit')];
    writeFileSync(
      join(folder, 'biome.json'),
      JSON.stringify({ plugins, linter: { rules: { preset: 'none' } } }),
    );
    writeFileSync(join(folder, 'example.ts'), `${code.join('\n')}\n`);
    const args = [biome, 'lint', '--reporter=github', '--max-diagnostics=100', 'example.ts'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    const lines = `${stdout}${stderr}`.matchAll(/line=(\d+)[^\n]*::No array is spread/g);
    return Array.from(lines, ([, line]) => Number(line)).sort((a, b) => a - b);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('complains of every spread into a call, and of nothing else', () => {
  const wrong = [
    'Math.max(...values);',
    'Math.min(0, ...values.map((one) => one.size));',
    'list.push(...values);',
    'list.unshift(first, ...values);',
    'String.fromCharCode(...bytes);',
    'parse(words, ...more, last);',
    'this.deep.inside?.call(...values);',
    'new Step(...values);',
    'Math.max.apply(null, values);',
  ];
  const right = [
    'Math.max(a, b);',
    'list.push([...values]);',
    'list.push({ ...value });',
    'for (const one of values) list.push(one);',
    'const rest = (...values: number[]) => values;',
    "ceteris('run', file, ...words);",
    'const all = [...a, ...b];',
    'new Map([...a, ...b]);',
  ];
  expect(complaints([...right, ...wrong])).toEqual(wrong.map((_, i) => right.length + i + 1));
});
