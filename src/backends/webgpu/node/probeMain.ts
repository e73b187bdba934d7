/** The process that probe.ts starts: lists the adapters and writes them to stdout as JSON. */
import { CeterisError } from '../../../base/errors.js';
import { hardwareAdapter } from '../choose.js';
import { listAdapters } from './adapters.js';
import { loadDawn } from './dawn.js';
import type { AdapterReport } from './probe.js';
import { gatherVulkanFacts, missingForVulkan } from './vulkan.js';

async function report(): Promise<AdapterReport> {
  try {
    const { version } = await loadDawn();
    const adapters = await listAdapters();
    const isComplete = hardwareAdapter(adapters) !== null || process.platform !== 'linux';
    return { dawn: version, adapters, missing: isComplete ? [] : missingForVulkan(gatherVulkanFacts()) };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    const { what, value, advice } = error.details;
    const found = value === undefined ? '' : ` (${value})`;
    return { dawn: null, adapters: [], missing: [`${what}${found}: ${advice}`] };
  }
}

process.stdout.write(JSON.stringify(await report()));
