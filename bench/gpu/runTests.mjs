/**
 * Runs test files without Vitest's own machinery (vite and its compilers), which is too large to carry: its runner and its
 * expectations alone. It stands in for the package `vitest` in what gpu-pack.sh packs, where the tests have no types.
 *
 *   node runTests.mjs FILE...     prints a line per test as it ends; "N passed, N failed" last; exit 1 where one failed or none ran
 */
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } from '@vitest/expect';
import { startTests } from '@vitest/runner';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
export const expect = Object.assign((value, message) => {
  const assertion = chai.expect(value, message);
  return assertion;
}, chai.expect);
setState({ assertionCalls: 0, isExpectingAssertions: false, isExpectingAssertionsError: null }, expect);

const counts = { passed: 0, failed: 0, skipped: 0 };

function nameOf(task) {
  const above = task.suite === undefined || task.suite.name === '' ? '' : `${nameOf(task.suite)} > `;
  return above + task.name;
}

function report(task) {
  const { state, duration, errors } = task.result ?? { state: task.mode };
  const time = duration === undefined ? '' : ` ${(duration / 1000).toFixed(1)} s`;
  if (state === 'pass') counts.passed++;
  else if (state === 'fail') counts.failed++;
  else counts.skipped++;
  process.stdout.write(`${state.padEnd(5)} ${nameOf(task)}${time}\n`);
  for (const { message } of errors ?? [])
    process.stdout.write(`      ${message.split('\n').join('\n      ')}\n`);
}

async function run(paths) {
  const runner = {
    config: {
      root: process.cwd(),
      setupFiles: [],
      passWithNoTests: false,
      sequence: { shuffle: false, concurrent: false, seed: 0, hooks: 'stack', setupFiles: 'list' },
      maxConcurrency: 1,
      testTimeout: 300_000,
      hookTimeout: 60_000,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      strictTags: false,
    },
    importFile: (path) => import(pathToFileURL(path).href),
    onAfterRunTask: report,
  };
  const files = await startTests(
    paths.map((path) => ({ filepath: resolve(path) })),
    runner,
  );
  for (const { name, result } of files) {
    // A file that does not load has no tests.
    if (result?.state !== 'fail' || counts.failed > 0) continue;
    counts.failed++;
    for (const { message } of result.errors ?? []) process.stdout.write(`fail  ${name}\n      ${message}\n`);
  }
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Not awaited: the tests import this module, which would wait for itself.
  run(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
