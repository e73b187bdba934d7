/** The doors of the library: what a user's program is made with is exported, and described. Reads the built dist/. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as engine from '../../src/engine.js';
import * as library from '../../src/index.js';
import { missingTypes } from './doors.js';

const root = join(import.meta.dirname, '../..');

/** Ways in which types are derived from schemas and tables: what they give has a name that is exported. */
const derivations: Readonly<Record<string, readonly string[]>> = {
  index: ['DeepReadonly, by StudyObject'],
  engine: ['ChoiceOf, by NetworkConfig', 'PoolingOptional, by NetworkConfig'],
};

test.each(['index', 'engine'])('src/%s.ts exports every type that its functions take or give', (name) => {
  expect(missingTypes(name).filter((one) => !derivations[name]!.includes(one))).toEqual([]);
});

test('the doors are narrow', () => {
  expect(Object.keys(library).sort()).toEqual([
    'CeterisError',
    'analyse',
    'compareTrials',
    'expandTrials',
    'importCurves',
    'judgeClaims',
    'listStudies',
    'loadDataset',
    'loadRun',
    'loadStudy',
    'parseClaims',
    'parseStudy',
    'planImport',
    'planStudy',
    'predict',
    'readClaims',
    'readStudyFile',
    'runStudy',
    'summaryTable',
    'trainRun',
    'writeReport',
  ]);
  expect(Object.keys(engine)).toHaveLength(19);
});

test('every function is described, and TypeDoc has nothing to say against the docstrings', () => {
  const program = join(root, 'node_modules/typedoc/bin/typedoc');
  const options = ['--emit', 'none', '--skipErrorChecking', '--logLevel', 'Warn'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(`${stdout}${stderr}`).toBe('');
  expect(status).toBe(0);
});
