/**
 * One run with 1 and with 2 threads, and two runs side by side with one thread each, in turns. Run by
 * `npm run bench:threads -- [--rounds 5] [--seconds 8] [--width 1] [--json]`, after the build.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  count,
  finish,
  inTurns,
  isMain,
  machine,
  machineText,
  readOptions,
  spread,
  spreadText,
  table,
} from './support.mjs';

const script = fileURLToPath(new URL('runSteps.mjs', import.meta.url));

/** Images a second of `runs` processes together, that train at the same time. */
async function throughput(runs, threads, { seconds, width }) {
  const children = Array.from({ length: runs }, () => {
    const args = [
      script,
      '--threads',
      String(threads),
      '--seconds',
      String(seconds),
      '--width',
      String(width),
    ];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  });
  const answers = () => Promise.all(children.map(async ({ lines }) => (await lines.next()).value));
  if ((await answers()).some((line) => line !== 'ready')) throw new Error('a training process did not start');
  for (const { child } of children) child.stdin.write('go\n');
  const times = (await answers()).map((line) => JSON.parse(line));
  return times.reduce((sum, own) => sum + 128_000 / spread(own).median, 0);
}

export async function measureThreads(options) {
  const where = await machine();
  const results = await inTurns(options.rounds, {
    '1 run, 1 thread': () => throughput(1, 1, options),
    '1 run, 2 threads': () => throughput(1, 2, options),
    '2 runs, 1 thread each': () => throughput(2, 1, options),
  });
  const [one, two, side] = Object.values(results);
  return {
    machine: where,
    node: process.version,
    ...options,
    imagesPerSecond: Object.fromEntries(
      Object.entries(results).map(([name, values]) => [name, spread(values)]),
    ),
    speedUp: spread(two.map((value, round) => value / one[round])),
    sideBySide: spread(side.map((value, round) => value / two[round])),
  };
}

export function threadsTables(result) {
  return [
    `${machineText(result.machine)}, Node ${result.node}; MobileNet, width ${result.width}, batch 128; ${result.rounds} rounds in turns of ${result.seconds} s. Median over the rounds (least to largest).`,
    table(
      ['', 'training images a second'],
      Object.entries(result.imagesPerSecond).map(([name, values]) => [name, spreadText(values, 0)]),
    ),
    table(
      ['ratio of throughputs', ''],
      [
        ['1 run: 2 threads / 1 thread', spreadText(result.speedUp)],
        ['2 runs with 1 thread each / 1 run with 2 threads', spreadText(result.sideBySide)],
      ],
    ),
  ].join('\n\n');
}

if (isMain(import.meta.url)) {
  const flags = readOptions({
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    width: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  });
  const options = {
    rounds: count('rounds', flags.rounds),
    seconds: count('seconds', flags.seconds),
    width: Number(flags.width),
  };
  await finish(() => measureThreads(options), { json: flags.json, text: threadsTables });
}
