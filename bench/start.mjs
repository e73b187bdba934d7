/**
 * Cold start: the command line's help, and from the network's description to the first training step. Run by
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

/** Milliseconds of one process until the first step can begin, and until it is done. */
async function engineStart() {
  const args = [main, 'bench', 'step', '--json', '--steps', '1', '--threads', cores];
  const { startMs, firstStepMs } = JSON.parse(await output(process.execPath, args));
  return { startMs, firstStepMs };
}

export async function measureStart({ rounds }) {
  const where = await machine();
  const { node, help, engine } = await inTurns(rounds, {
    node: () => timed(['-e', '0']),
    help: () => timed([main, '--help']),
    engine: engineStart,
  });
  return {
    machine: where,
    node: process.version,
    rounds,
    milliseconds: {
      node: spread(node),
      help: spread(help),
      start: spread(engine.map(({ startMs }) => startMs)),
      firstStep: spread(engine.map(({ firstStepMs }) => firstStepMs)),
    },
  };
}

const names = {
  node: 'Node alone: `node -e 0`',
  help: '`node dist/cli/main.js --help`',
  start: 'the full network, batch 128: compiled, planned, threads started, weights drawn',
  firstStep: 'and the first training step done',
};

export function startTable({ machine: where, node, rounds, milliseconds }) {
  return [
    `${machineText(where)}, Node ${node}; ${rounds} processes of each, in turns. Median (least to largest).`,
    table(
      ['', 'ms'],
      Object.entries(milliseconds).map(([name, values]) => [names[name], spreadText(values, 0)]),
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
