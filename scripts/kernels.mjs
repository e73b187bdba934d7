/** Compiles the kernels (AssemblyScript) in each variant: dist/wasm/<variant>.wasm. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
};

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
      writeFile: (file, contents) => void files.set(file, contents),
    },
  );
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
  for (const [file, contents] of files) writeFileSync(join(out, file), contents);
}
