/**
 * Cold start: the command line's help, and from the network's description to the first training step done. Run by
 * `npm run bench:start -- [--rounds 11] [--json]`, after the build.
 */
import {
  cores,
  count,
  finish,
  inTurns,
  isMain,
  machine,
  machineText,
  main,
  output,
  readOptions,
  spread,
  spreadText,
  table,
} from './support.mjs';

async function timed(args) {
  const start = performance.now();
  await output(process.execPath, args);
  return performance.now() - start;
}

async function firstStep() {
  const args = [main, 'bench', 'step', '--json', '--steps', '1', '--threads', cores];
  return JSON.parse(await output(process.execPath, args)).firstStepMs;
}

export async function measureStart({ rounds }) {
  const where = await machine();
  const results = await inTurns(rounds, {
    'node -e 0 (Node alone)': () => timed(['-e', '0']),
    'node dist/cli/main.js --help': () => timed([main, '--help']),
    'compile of the full network to the end of the first step': firstStep,
  });
  return {
    machine: where,
    node: process.version,
    rounds,
    milliseconds: Object.fromEntries(Object.entries(results).map(([name, values]) => [name, spread(values)])),
  };
}

export function startTable({ machine: where, node, rounds, milliseconds }) {
  return [
    `${machineText(where)}, Node ${node}; ${rounds} processes of each, in turns. Median (least to largest).`,
    table(
      ['', 'ms'],
      Object.entries(milliseconds).map(([name, values]) => [name, spreadText(values, 0)]),
    ),
  ].join('\n\n');
}

if (isMain(import.meta.url)) {
  const flags = readOptions({
    rounds: { type: 'string', default: '11' },
    json: { type: 'boolean', default: false },
  });
  const rounds = count('rounds', flags.rounds);
  await finish(() => measureStart({ rounds }), { json: flags.json, text: startTable });
}
