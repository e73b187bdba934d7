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

test('the examples compile against the library, with its types, and run', () => {
  for (const name of ['one-run', 'study'])
    copyFileSync(join(root, 'examples', `${name}.ts`), inUser(`${name}.ts`));
  // Node's own types are the user's business.
  writeFileSync(inUser('node.d.ts'), 'declare const process: { readonly argv: string[] };\n');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const strict = ['--strict', '--target', 'es2022', '--module', 'nodenext'];
  command(process.execPath, [compiler, ...strict, 'one-run.ts', 'study.ts', 'node.d.ts'], user);
  expect(command(process.execPath, ['one-run.js'], user)).toMatch(/epoch 5: .*\ntest accuracy 0\.\d/);
  writeFileSync(
    inUser('tiny.yaml'),
    [
      'name: tiny',
      'dataset: { name: synthetic, classes: 3, train: 90, test: 12 }',
      'network: { name: mlp, hidden: [8] }',
      'training: { epochs: 2, batchSize: 16 }',
      '',
    ].join('\n'),
  );
  const printed = command(process.execPath, ['study.js', 'tiny.yaml', 'out'], user);
  expect(printed).toMatch(/runs: 1\n[\s\S]*: done\nbaseline: 0\.\d+\n.*report\.html/);
}, 240_000);

test('the JSON Schema of study files lies in the package', () => {
  const program =
    "import schema from 'ceteris/study.schema.json' with { type: 'json' }; console.log(schema.title);";
  expect(command(process.execPath, ['--input-type=module', '--eval', program], user)).toContain(
    'Ceteris study file',
  );
});
