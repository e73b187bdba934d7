/**
 * Builds dist/: the TypeScript, the WebAssembly kernels (AssemblyScript) in each variant, and the study file's schema.
 * Builds only what is stale: a hash of each part's inputs lies beside its output, so that the `prepare` that npm runs
 * again at the first npx costs nothing.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const tool = (path) => join(root, 'node_modules', path);

function filesBelow(directory, keep) {
  return readdirSync(join(root, directory), { recursive: true })
    .map((name) => join(directory, String(name)))
    .filter(keep)
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Runs `make` unless the stamp says that it was run on the same inputs. */
function whenStale(name, inputs, make) {
  const stamp = join(dist, `.${name}.stamp`);
  const hash = hashOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  process.stderr.write(`building ${name}\n`);
  make();
  mkdirSync(dist, { recursive: true });
  writeFileSync(stamp, hash);
}

function run(script, args) {
  execFileSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** dist/ but for the kernels, so that files whose source is gone go too. */
function clearTypeScriptOutput() {
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist)) {
    if (name !== 'wasm' && name !== '.kernels.stamp') rmSync(join(dist, name), { recursive: true });
  }
}

const sources = filesBelow('src', (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
whenStale('types', [...sources, 'tsconfig.json', 'package.json', 'package-lock.json'], () => {
  clearTypeScriptOutput();
  run(tool('typescript/bin/tsc'), ['-p', 'tsconfig.json']);
  chmodSync(join(dist, 'cli', 'main.js'), 0o755);
  run(join(dist, 'study', 'node', 'writeSchema.js'), [join(dist, 'study.schema.json')]);
});

const kernelSources = filesBelow('assembly', (file) => file.endsWith('.ts') || file.endsWith('.json'));
const agreed = ['src/backends/wasm/abi.ts', 'src/nn/network.ts', 'src/optim/optimizer.ts'];
const makers = [
  'scripts/kernels.mjs',
  'scripts/abi.mjs',
  'scripts/unroll.mjs',
  'scripts/widen.mjs',
  'package-lock.json',
];
whenStale('kernels', [...kernelSources, ...agreed, ...makers], () => {
  run(join(root, 'scripts', 'kernels.mjs'), []);
});
