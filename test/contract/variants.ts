/** The kernel variants that this Node runs. `wide` stands last: it turns an option of V8 on for the whole process. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { probeVariant, type Variant } from '../../src/backends/wasm/node/createStep.js';

/**
 * Why the 256-bit variant is refused here, or `null`; asked in a process of its own, so that nothing is turned on here.
 * @throws where it gives other bits: a machine may lack the vectors, or be too slow with them, but these are a fault
 */
function whyNotWide(): string | null {
  const file = createRequire(import.meta.url).resolve('#dist/backends/wasm/node/wide.js');
  const script = `import(${JSON.stringify(file)}).then(({ requireWide }) => requireWide()).catch((error) => {
    console.log(error.kind === 'request' ? error.message : error.stack);
    process.exitCode = error.kind === 'request' && !error.details.rule.includes('bits of 128-bit') ? 0 : 1;
  });`;
  const said = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
  return said === '' ? null : said;
}

function variants(): readonly Variant[] {
  const narrow: readonly Variant[] = probeVariant() === 'relaxed' ? ['plain', 'relaxed'] : ['plain'];
  const reason = whyNotWide();
  if (reason === null) return [...narrow, 'wide'];
  process.stderr.write(`left out: the 256-bit kernels. ${reason}\n`);
  return narrow;
}

/** Every variant that this machine runs. */
export const testedVariants: readonly Variant[] = variants();
