/** Compiles the kernels (AssemblyScript) in each variant: dist/wasm/<variant>.wasm, and bench-<variant>.wasm. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

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
/** Panels of 16 columns, so that V8 can join pairs of 128-bit vectors. */
const wideConfig = 'export const PANEL: u32 = 16;\n';

/** A source file as the variant sees it; `null` where there is none. */
function readSource(variant, file, base) {
  if (variant === 'wide' && file === 'assembly/config.ts') return wideConfig;
  const path = isAbsolute(file) ? file : join(base, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
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
