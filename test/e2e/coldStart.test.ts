/** What the command line loads before it knows what is asked: little, so that it starts fast. Reads the built dist/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const dist = join(import.meta.dirname, '../../dist');

/** Files of dist/ and packages that a file reaches by static imports. */
function reached(file: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(file)) return { files, packages };
  files.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, from] of text.matchAll(
    /^(?:import\s+|(?:import|export)\b[^;'"()]*\bfrom\s+)['"]([^'"]+)['"];/gm,
  )) {
    if (from.startsWith('.')) reached(join(dirname(file), from), files, packages);
    else if (!from.startsWith('node:')) packages.add(from);
  }
  return { files, packages };
}

test('the help needs the parser, the colours, and the files of cli/ and base/', () => {
  const { files, packages } = reached(join(dist, 'cli', 'main.js'));
  const names = [...files].map((file) => relative(dist, file));
  expect(names).toContain(join('cli', 'bench.js'));
  expect([...files].every((file) => existsSync(file))).toBe(true);
  expect(names.filter((name) => !/^(cli|base)[\\/]/.test(name))).toEqual([]);
  expect([...packages].sort()).toEqual(['commander', 'picocolors']);
});
