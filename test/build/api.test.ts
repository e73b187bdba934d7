/** The doors of the library: what a user's program is made with is exported, and described. Runs TypeDoc. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as engine from '../../src/engine.js';
import * as library from '../../src/index.js';

const root = join(import.meta.dirname, '../..');

test('every type that a function of a door takes or gives is exported from that door', () => {
  const program = join(root, 'scripts/apiPage.mjs');
  const { status, stderr } = spawnSync(process.execPath, [program, '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
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
