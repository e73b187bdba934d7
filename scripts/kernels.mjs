/** Compiles the kernels (AssemblyScript) in each variant: dist/wasm/<variant>.wasm. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, 'dist', 'wasm');
const common = [
  'assembly/index.ts',
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

mkdirSync(out, { recursive: true });
for (const [name, flags] of Object.entries(variants)) {
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
