/**
 * Copies into a packed project the tests that a GPU machine runs, without types and with runTests.mjs as their `vitest`, or the
 * libraries that this needs.
 *   node packTests.mjs PACKAGE tests|libraries
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = process.argv[2];
const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };

function tests() {
  for (const folder of ['contract', 'golden', 'support']) {
    for (const name of readdirSync(join(root, 'test', folder), { recursive: true })) {
      const from = join(root, 'test', folder, String(name));
      if (!from.endsWith('.ts')) continue;
      const to = join(target, 'test', folder, String(name).replace(/\.ts$/, '.js'));
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, ts.transpileModule(readFileSync(from, 'utf8'), { compilerOptions }).outputText);
    }
  }
  copy('test/golden/fixtures');
  const vitest = join(target, 'node_modules', 'vitest');
  mkdirSync(vitest, { recursive: true });
  cpSync(join(root, 'bench', 'gpu', 'runTests.mjs'), join(vitest, 'runTests.mjs'));
  writeFileSync(
    join(vitest, 'package.json'),
    '{ "name": "vitest", "type": "module", "exports": "./runTests.mjs" }\n',
  );
}

/** What runTests.mjs needs of Vitest. */
function libraries() {
  const vitest = ['runner', 'expect', 'utils', 'spy', 'pretty-format'].map((name) => `@vitest/${name}`);
  for (const name of [
    ...vitest,
    'chai',
    'tinyrainbow',
    'pathe',
    '@standard-schema/spec',
    'convert-source-map',
  ]) {
    copy(`node_modules/${name}`);
  }
}

function copy(path) {
  cpSync(join(root, path), join(target, path), { recursive: true });
}

if (process.argv[3] === 'libraries') libraries();
else tests();
