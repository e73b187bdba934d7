/**
 * Copies the tests that a GPU machine runs into a packed project: without types, and with runTests.mjs as their `vitest`.
 *   node packTests.mjs PACKAGE
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = process.argv[2];
const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 };

for (const folder of ['contract', 'golden', 'support']) {
  for (const name of readdirSync(join(root, 'test', folder), { recursive: true })) {
    const from = join(root, 'test', folder, String(name));
    const to = join(target, 'test', folder, String(name));
    mkdirSync(dirname(to), { recursive: true });
    if (from.endsWith('.ts')) {
      const { outputText } = ts.transpileModule(readFileSync(from, 'utf8'), { compilerOptions });
      writeFileSync(to.replace(/\.ts$/, '.js'), outputText);
    }
  }
}
cpSync(join(root, 'test', 'golden', 'fixtures'), join(target, 'test', 'golden', 'fixtures'), { recursive: true });

cpSync(join(root, 'bench', 'gpu', 'steps.mjs'), join(target, 'bench', 'gpu', 'steps.mjs'));

const vitest = join(target, 'node_modules', 'vitest');
mkdirSync(vitest, { recursive: true });
cpSync(join(root, 'bench', 'gpu', 'runTests.mjs'), join(vitest, 'runTests.mjs'));
writeFileSync(join(vitest, 'package.json'), '{ "name": "vitest", "type": "module", "exports": "./runTests.mjs" }\n');
const needed = ['@vitest/runner', '@vitest/expect', '@vitest/utils', '@vitest/spy', '@vitest/pretty-format'];
for (const name of [...needed, 'chai', 'tinyrainbow', 'pathe', '@standard-schema/spec', 'convert-source-map']) {
  cpSync(join(root, 'node_modules', name), join(target, 'node_modules', name), { recursive: true });
}
