import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { probeAdapters, runProbe } from './probe.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-probe-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function script(text: string): string {
  const path = join(scratch, 'script.mjs');
  writeFileSync(path, text);
  return path;
}

test('the machine’s adapters, or what is missing', async () => {
  const { adapters, missing } = await probeAdapters();
  expect(adapters.some(({ type }) => type === 'hardware') || missing.length > 0).toBe(true);
  for (const { limits } of adapters) expect(limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
});

test('a driver that crashes takes its process only, and is named with its last words', async () => {
  const crash = script('console.error("libdriver: bad"); process.kill(process.pid, "SIGSEGV");');
  expect(await runProbe(crash, 20_000)).toEqual({
    dawn: null,
    adapters: [],
    missing: [expect.stringMatching(/crashed \(SIGSEGV\), last words: libdriver: bad/)],
  });
});

test('a driver that hangs is given up', async () => {
  const hang = script('setInterval(() => {}, 1000);');
  expect((await runProbe(hang, 300)).missing[0]).toMatch(/did not answer within 0\.3 seconds/);
});
