/** Training steps in headless Chromium, with the modules as they are built, beside the reference in float64. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { compareFirstSteps } from '../contract/compareFirstSteps.js';
import type { FirstSteps } from '../contract/firstSteps.js';
import { leftOut } from '../support/adapter.js';
import { type ModuleServer, serveModules } from './modules.js';

const executablePath = process.env.CETERIS_CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
if (!isThere) {
  leftOut(
    'training in a browser',
    `There is no ${executablePath}: install chromium, or name it in CETERIS_CHROMIUM`,
  );
}

/** WebGPU on without a GPU, and nothing that calls out. */
const flags = [
  '--enable-unsafe-webgpu',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let server: ModuleServer | undefined;
let browser: Browser | undefined;
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Chromium brings its own software driver; the one that Node's tests are told of is not for it. */
function environment(): Record<string, string> {
  const { VK_DRIVER_FILES: _, VK_ICD_FILENAMES: __, ...rest } = process.env;
  return rest as Record<string, string>;
}

async function trainInChromium(): Promise<FirstSteps & { adapter: string }> {
  server = await serveModules();
  browser = await chromium.launch({ executablePath, args: flags, env: environment() });
  const page = await browser.newPage();
  await page.goto(server.address);
  // As text: the test runner would rewrite the import of a function.
  return page.evaluate("import('/test/browser/page.js').then((page) => page.trainInPage())");
}

describe.skipIf(!isThere)('in Chromium', () => {
  test('three training steps, an evaluation and the weights are those of the reference', async () => {
    const { adapter, ...steps } = await trainInChromium();
    expect(adapter).not.toBe(' ');
    await compareFirstSteps(steps);
  }, 240_000);
});
