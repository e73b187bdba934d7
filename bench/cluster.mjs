/**
 * npm run bench:cluster: a study of 10,000 runs on a simulated cluster (`--runs N` for another number): what following it costs
 * the controller and the file system, and how long `ls` and `report` take on what lies there. Prints the table of docs/clusters.md.
 *
 * Simulated are Slurm's commands (a queue that begins 500 tasks at a time and ends 250 between two looks) and the training (a
 * task writes what a job would leave of its runs). Everything else is the product's own code.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, wanted = '10000'] = /--runs[= ](\d+)/.exec(process.argv.slice(2).join(' ')) ?? [];
const seeds = Math.round(Number(wanted) / 100);
const scratch = fs.mkdtempSync(join(tmpdir(), 'ceteris-cluster-'));
if (!process.argv.includes('--keep'))
  process.on('exit', () => fs.rmSync(scratch, { recursive: true, force: true }));
else process.stderr.write(`${scratch}\n`);

/** Paths that the program looked at since the last reset. */
const touched = new Set();
for (const name of [
  'openSync',
  'readFileSync',
  'statSync',
  'existsSync',
  'readdirSync',
  'linkSync',
  'renameSync',
]) {
  const own = fs[name];
  fs[name] = (path, one, two) => {
    if (typeof path === 'string' && path.startsWith(scratch)) touched.add(path);
    return own(path, one, two);
  };
}
syncBuiltinESMExports();
const { runOnCluster } = await import('../dist/launch/slurm/launch.js');
const { formatRunRecord } = await import('../dist/store/json.js');
const { waitingRecord } = await import('../dist/store/waitingRecord.js');
const { csvHead, metricsColumns, metricsLine } = await import('../dist/store/csv.js');
const { planRuns } = await import('../dist/study/expand.js');
const { readStudyFile } = await import('../dist/launch/readStudyFile.js');

const levels = (from) => Array.from({ length: 10 }, (_, i) => Number((from * 1.2 ** i).toPrecision(4)));
const file = join(scratch, 'large.yaml');
fs.writeFileSync(
  file,
  `name: large
dataset: { name: synthetic, classes: 4, train: 240, test: 40, validation: 0.2 }
network: { name: mlp, hidden: [8] }
training: { epochs: 30 }
method: grid
factors: { learningRate: [${levels(0.01)}], weightDecay: [${levels(0.0001)}] }
seeds: ${seeds}
launcher: { name: slurm }
`,
);
const directory = join(scratch, 'out/large');

/** What a job would leave of a run, without a word to the counters. */
let byId = new Map();
function train({ id }) {
  const run = byId.get(id);
  if (run === undefined) throw new Error(`nobody planned ${id}`);
  const folder = join(directory, 'runs', id);
  fs.mkdirSync(folder, { recursive: true });
  const rows = Array.from({ length: 30 }, (_, i) => {
    const accuracy = 0.5 + 0.01 * i + 0.001 * ((7 * run.seed.label + 3 * i) % 10);
    const loss = 1.5 - 0.03 * i;
    return metricsLine({
      epoch: i + 1,
      trainLoss: loss,
      trainAccuracy: accuracy,
      validLoss: loss,
      validAccuracy: accuracy,
      trainEvalLoss: null,
      trainEvalAccuracy: null,
      learningRate: 0.01,
      imagesPerSecond: 1000,
      seconds: 1,
    });
  });
  fs.writeFileSync(join(folder, 'metrics.csv'), csvHead('metrics', metricsColumns) + rows.join(''));
  const record = {
    ...waitingRecord(run, checksum),
    status: 'done',
    epochsDone: 30,
    startedAt: new Date().toISOString(),
    endedAt: new Date().toISOString(),
    seconds: 30,
  };
  fs.writeFileSync(join(folder, 'run.json'), formatRunRecord(record));
}

const calls = {};
const arrays = [];
const looks = [];
let most = 0;
let startUp = 0;
let checksum = '';
const tasksNow = () =>
  arrays.reduce((sum, { states }) => sum + states.filter((one) => one !== 'COMPLETED').length, 0);

/** Begins and ends tasks, as a cluster does between two looks. */
function advance() {
  let [ended, begun] = [0, 0];
  for (const { states, tasks } of arrays) {
    for (let i = 0; i < states.length; i++) {
      if (states[i] === 'RUNNING' && ended < 250) {
        states[i] = 'COMPLETED';
        ended += 1;
        for (const run of tasks[i]) train(run);
      } else if (states[i] === 'PENDING' && begun < 500) {
        states[i] = 'RUNNING';
        begun += 1;
      }
    }
  }
}

async function call(command, args) {
  calls[command] = (calls[command] ?? 0) + 1;
  const option = (name) => args.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
  switch (command) {
    case 'sbatch': {
      const name = option('job-name');
      const text = fs.readFileSync(join(directory, 'cluster', `${name}.json`), 'utf8');
      const { tasks } = JSON.parse(text);
      arrays.push({ job: 100 + 2000 * arrays.length, name, tasks, states: tasks.map(() => 'PENDING') });
      most = Math.max(most, tasksNow());
      return `${arrays.at(-1).job}\n`;
    }
    case 'squeue': {
      looks.push(touched.size);
      advance();
      touched.clear();
      const names = option('name').split(',');
      const lines = arrays
        .filter(({ name }) => names.includes(name))
        .flatMap(({ job, name, states }) => states.map((state, i) => `${job}|${i}|${state}|None||${name}`));
      return `${lines.join('\n')}\n`;
    }
    case 'scontrol':
      return 'MaxArraySize            = 1001\nMaxJobCount             = 10000\n';
    default:
      return 'main*|up|infinite|64|256000|(null)\n';
  }
}

const study = readStudyFile(file);
const events = runOnCluster({
  studyFile: file,
  out: join(scratch, 'out'),
  watch: true,
  pollSeconds: 0.01,
  call,
});
for await (const event of events) {
  if (event.type !== 'submitted') continue;
  if (checksum !== '') continue;
  checksum = JSON.parse(fs.readFileSync(join(directory, 'split.json'), 'utf8')).checksum;
  byId = new Map(planRuns(study, checksum).map((run) => [run.id, run]));
  startUp = touched.size;
  touched.clear();
}
const runs = byId.size;
const jobs = arrays.reduce((sum, { tasks }) => sum + tasks.length, 0);

const timed = (...args) => {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], {
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(stderr);
  return `${((performance.now() - begin) / 1000).toFixed(1)} s`;
};
const mean = looks.reduce((sum, one) => sum + one, 0) / Math.max(1, looks.length);
const largest = looks.reduce((one, other) => Math.max(one, other), 0);
const rows = [
  ['runs', runs],
  ['job arrays, tasks in all', `${arrays.length}, ${jobs}`],
  ['tasks in the queue at most', most],
  ['looks at the queue', calls.squeue],
  [
    'calls: sbatch, scontrol, sinfo, sacct',
    [calls.sbatch, calls.scontrol, calls.sinfo, calls.sacct ?? 0].join(', '),
  ],
  ['files touched before the first submission', startUp],
  ['files touched per look at the queue (mean, most)', `${Math.round(mean)}, ${largest}`],
  ['`ceteris ls`', timed('ls', directory)],
  ['`ceteris report`', timed('report', directory)],
];
process.stdout.write(`| | |\n| --- | --- |\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
