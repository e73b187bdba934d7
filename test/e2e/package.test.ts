/**
 * `npm pack`, installed elsewhere: the command and the typed library work from what is packed and from the declared
 * dependencies. Those are linked from this checkout, so that nothing is fetched; `npm rebuild` makes the command's link.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './command.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-package-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const user = join(scratch, 'user');
const inUser = (path: string) => join(user, path);

function command(program: string, args: readonly string[], cwd: string): string {
  const shell = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', shell });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** Names of the packages that the lock file installs for users, at the top of node_modules/. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(root, path)));
}

beforeAll(() => {
  const packed = command('npm', ['pack', '--pack-destination', scratch, '--ignore-scripts', '--json'], root);
  const [{ filename }] = JSON.parse(packed) as { filename: string }[];
  for (const path of productionPackages()) {
    mkdirSync(dirname(inUser(path)), { recursive: true });
    symlinkSync(join(root, path), inUser(path), 'junction');
  }
  mkdirSync(inUser('node_modules/ceteris'), { recursive: true });
  command(
    'tar',
    ['-xzf', join(scratch, filename), '-C', inUser('node_modules/ceteris'), '--strip-components=1'],
    root,
  );
  writeFileSync(
    inUser('package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module', dependencies: { ceteris: '*' } }),
  );
  command('npm', ['rebuild', '--offline', '--ignore-scripts'], user);
}, 240_000);

test('npx finds the command; a new study runs to its report', () => {
  expect(command('npx', ['--offline', 'ceteris', '--version'], user).trim()).toMatch(/^\d+\.\d+\.\d+$/);
  command('npx', ['--offline', 'ceteris', 'new', 'mine'], user);
  const small = [
    'dataset.train=120',
    'dataset.test=20',
    'network={ name: mlp }',
    'training.epochs=2',
    'seeds=1',
  ];
  const set = small.flatMap((one) => ['--set', one]);
  const printed = command('npx', ['--offline', 'ceteris', 'run', 'mine.yaml', ...set], user);
  expect(printed).toMatch(/learningRate=0\.2 .*done/);
  expect(existsSync(inUser('out/mine/report/report.html'))).toBe(true);
}, 240_000);

const examples = ['one-run', 'study', 'engine'];
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const strict = ['--strict', '--noUncheckedIndexedAccess', '--target', 'es2022', '--module', 'nodenext'];

test('the examples compile against the library, with its types, and run', () => {
  for (const name of examples) copyFileSync(join(root, 'examples', `${name}.ts`), inUser(`${name}.ts`));
  // Node's own types are the user's business; no others are there, WebGPU's neither, and every declaration is checked.
  writeFileSync(inUser('node.d.ts'), 'declare const process: { readonly argv: string[] };\n');
  const files = [...examples.map((name) => `${name}.ts`), 'node.d.ts'];
  command(process.execPath, [compiler, ...strict, '--skipLibCheck', 'false', ...files], user);
  expect(command(process.execPath, ['one-run.js'], user)).toMatch(/epoch 5: .*\ntest accuracy 0\.\d/);
  const printed = command(process.execPath, ['study.js'], user);
  expect(printed).toMatch(/^runs: 4\n/);
  expect(printed.match(/: done\n/g)).toHaveLength(4);
  expect(printed).toMatch(/baseline: 0\.\d+\n.*: 0\.\d+\n.*report\.html\n(test image \d: shape \d.*\n){3}$/);
  const engine = command(process.execPath, ['engine.js'], user);
  expect(engine).toMatch(/^\d+ parameters, \d+ kernel calls a step\n(epoch \d: .*\n){3}/);
  expect(engine).toMatch(/learning rate 0\.01: .*0\.\d\d\nlearning rate 0\.05: .*0\.\d\d\n$/);
}, 240_000);

test('a study is given as its file as well; predictions are those that the run has recorded', () => {
  writeFileSync(
    inUser('tiny.yaml'),
    [
      'name: tiny',
      'dataset: { name: synthetic, classes: 3, train: 90, test: 12 }',
      'network: { name: cnn, channels: [4] }',
      'training: { epochs: 2, batchSize: 16 }',
      '',
    ].join('\n'),
  );
  expect(command(process.execPath, ['study.js', 'tiny.yaml', 'out'], user)).toMatch(
    /^runs: 1\n[\s\S]*: done\n/,
  );
  writeFileSync(
    inUser('compare.mjs'),
    `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataset, loadStudy, predict } from 'ceteris';

const { runs: [run], study } = loadStudy('out/tiny');
const { pixels, trainExamples } = await loadDataset(study.baseline.dataset);
const rows = await predict(run, pixels);
const lines = readFileSync(join(run.directory, 'predictions.csv'), 'utf8').trim().split('\\n').slice(2);
let furthest = 0;
for (const line of lines) {
  const [split, index, label, predicted, loss] = line.split(',').map((one, i) => (i === 0 ? one : Number(one)));
  const row = rows[index + (split === 'test' ? trainExamples : 0)];
  if (row.indexOf(Math.max(...row)) !== predicted) throw new Error('another class: ' + line);
  furthest = Math.max(furthest, Math.abs(-Math.log(row[label]) - loss));
}
console.log(lines.length, furthest < 1e-5);
`,
  );
  expect(command(process.execPath, ['compare.mjs'], user)).toBe('30 true\n');
}, 240_000);

test('the JSON Schema of study files lies in the package', () => {
  const program =
    "import schema from 'ceteris/study.schema.json' with { type: 'json' }; console.log(schema.title);";
  expect(command(process.execPath, ['--input-type=module', '--eval', program], user)).toContain(
    'Ceteris study file',
  );
});
