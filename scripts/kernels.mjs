/**
 * Compiles the kernels (AssemblyScript) in each variant: dist/wasm/<variant>.wasm, and bench-<variant>.wasm. Some of their
 * sources are made here: what both sides agree on (abi.mjs), loops of several steps (unroll.mjs), the wide form of the inner
 * loops (widen.mjs). `--abi` prints the first. Needs the built TypeScript.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import * as abi from '#dist/backends/wasm/abi.js';
import { abiSource, dispatchSource } from './abi.mjs';
import { unroll } from './unroll.mjs';
import { widen } from './widen.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'dist', 'wasm');
const common = [
  '--runtime',
  'stub',
  '--importMemory',
  '--sharedMemory',
  '--maximumMemory',
  '65536',
  '--initialMemory',
  '1',
];
const speed = ['-O3', '--noAssert'];
const variants = {
  plain: [...speed, '--enable', 'simd', '--enable', 'threads'],
  relaxed: [...speed, '--enable', 'simd', '--enable', 'threads', '--enable', 'relaxed-simd'],
  wide: [...speed, '--enable', 'simd', '--enable', 'threads', '--enable', 'relaxed-simd'],
};
const made = { 'assembly/abi.ts': abiSource(abi), 'assembly/dispatch.ts': dispatchSource(abi) };
/** The wide variant: panels of 16 columns, each vector as two neighbours, so that V8 can join them. */
const widened = {
  'assembly/config.ts': () => 'export const PANEL: u32 = 16;\n',
  'assembly/taps.ts': widen,
  'assembly/tiles.ts': widen,
};

/** A source file as the variant sees it; `null` where there is none. */
function readSource(variant, file, base) {
  if (made[file] !== undefined) return made[file];
  const path = isAbsolute(file) ? file : join(base, file);
  if (!existsSync(path)) return null;
  const source = unroll(readFileSync(path, 'utf8'));
  return variant === 'wide' && widened[file] !== undefined ? widened[file](source) : source;
}

if (process.argv.includes('--abi')) {
  process.stdout.write(Object.values(made).join('\n'));
  process.exit(0);
}

/** What is compiled, and how the name of its output begins. */
const entries = { 'assembly/index.ts': '', 'assembly/bench.ts': 'bench-' };

mkdirSync(out, { recursive: true });
const builds = Object.entries(variants).flatMap(([name, flags]) =>
  Object.entries(entries).map(([entry, prefix]) => ({ name: `${prefix}${name}`, flags: [entry, ...flags] })),
);
for (const { name, flags } of builds) {
  const files = new Map();
  const { error, stderr } = await asc.main(
    [...common, ...flags, '--outFile', `${name}.wasm`, '--baseDir', root],
    {
      readFile: (file, base) => readSource(name, file, base),
      writeFile: (file, contents) => void files.set(file, contents),
    },
  );
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
  for (const [file, contents] of files) writeFileSync(join(out, file), contents);
}
