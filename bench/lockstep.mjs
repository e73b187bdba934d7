/**
 * Whether lockstep pays on this CPU: runs trained together by one Program, beside the same runs side by side, in turns.
 * Run by `npm run bench:lockstep -- [--runs 7] [--widths 0.25,1] [--batches 16,64,128] [--rounds 3] [--json]`, after the build.
 */
import { availableParallelism } from 'node:os';
import { allot } from '#dist/launch/allotment.js';
import { inLockstep } from '#dist/launch/groups.js';
import { measureSteps } from '#dist/launch/measureSteps.js';
import { expandTrials } from '#dist/study/expand.js';
import { parseStudy } from '#dist/study/parse.js';
import { count, finish, isMain, machine, machineText, readOptions, table } from './support.mjs';

const study = (width, batch) => `
name: lockstep
dataset: { name: cifar100 }
network: { name: mobilenet, width: ${width} }
training: { batchSize: ${batch} }
`;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Run-steps a second of each way, by round. */
async function compare(configuration, runs, rounds) {
  const cores = availableParallelism();
  const alone = allot({ runsLeft: runs, cores, freeMemory: Number.MAX_VALUE, runMemory: 1 });
  const together = inLockstep(runs, alone);
  const rate = async (way) => {
    const { trainMs } = await measureSteps(configuration, 100, way);
    return (1000 * way.workers * (way.replicas ?? 1)) / trainMs;
  };
  const ratios = [];
  const rates = { alone: [], together: [] };
  for (let round = 0; round < rounds; round++) {
    rates.alone.push(await rate(alone));
    rates.together.push(await rate(together));
    ratios.push(rates.together[round] / rates.alone[round]);
  }
  return { alone: median(rates.alone), together: median(rates.together), ratios, way: together };
}

export async function measureLockstep({ runs, widths, batches, rounds }) {
  const where = await machine();
  const rows = [];
  for (const width of widths) {
    for (const batch of batches) {
      const [{ configuration }] = expandTrials(parseStudy(study(width, batch)));
      rows.push({ width, batch, ...(await compare(configuration, runs, rounds)) });
    }
  }
  return { machine: where, node: process.version, runs, rounds, rows };
}

export function lockstepTable({ machine: where, node, runs, rounds, rows }) {
  const { workers, replicas, threads } = rows[0].way;
  return [
    `${machineText(where)}, Node ${node}. MobileNet, ${runs} runs of one seed: ${replicas} in lockstep in each of ${workers} workers with ${threads} threads, over the same number of workers with one run each; median of ${rounds} rounds in turns.`,
    table(
      ['width', 'batch', 'steps of a run a second, alone', 'in lockstep', 'lockstep / alone', 'by round'],
      rows.map(({ width, batch, alone, together, ratios }) => [
        String(width),
        String(batch),
        alone.toFixed(2),
        together.toFixed(2),
        median(ratios).toFixed(3),
        ratios.map((ratio) => ratio.toFixed(2)).join(' '),
      ]),
    ),
  ].join('\n\n');
}

if (isMain(import.meta.url)) {
  const flags = readOptions({
    runs: { type: 'string', default: '7' },
    widths: { type: 'string', default: '0.25,1' },
    batches: { type: 'string', default: '16,64,128' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  });
  const numbers = (text) => text.split(',').map(Number);
  const options = {
    runs: count('runs', flags.runs),
    widths: numbers(flags.widths),
    batches: numbers(flags.batches),
    rounds: count('rounds', flags.rounds),
  };
  await finish(() => measureLockstep(options), { json: flags.json, text: lockstepTable });
}
