import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CeterisError } from '../base/errors.js';
import { givenStudy, readStudyFile, type StudySource } from './readStudyFile.js';

const scratch = mkdtempSync(join(tmpdir(), 'ceteris-study-file-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function complaint(name: string, contents: string | Buffer): string {
  const path = join(scratch, name);
  writeFileSync(path, contents);
  try {
    readStudyFile(path);
  } catch (error) {
    expect(error).toBeInstanceOf(CeterisError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

const text = 'name: s\ndataset: { name: synthetic }\n';

test('a file in another encoding is refused with its line', () => {
  const latin = Buffer.from(`${text}question: größer?\n`, 'latin1');
  expect(complaint('latin.yaml', latin)).toMatch(
    /no UTF-8 text[\s\S]*line 3[\s\S]*Latin-1[\s\S]*iconv -f LATIN1/,
  );
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
  expect(complaint('wide.yaml', wide)).toMatch(/no UTF-8 text[\s\S]*UTF-16/);
  writeFileSync(join(scratch, 'marked.yaml'), `\ufeff${text}question: größer?\n`);
  expect(readStudyFile(join(scratch, 'marked.yaml')).question).toBe('größer?');
});

test('a directory and a missing file say what to name', () => {
  expect(() => readStudyFile(scratch)).toThrow(/cannot be read[\s\S]*a directory[\s\S]*study\.yaml/);
  expect(() => readStudyFile(join(scratch, 'none.yaml'))).toThrow(/no such study file/);
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read is told in our words', () => {
  const path = join(scratch, 'secret.yaml');
  writeFileSync(path, text);
  chmodSync(path, 0);
  expect(() => readStudyFile(path)).toThrow(/may not read it[\s\S]*ask its owner/);
});

test('a text for the report is found beside the study file, and refused where it is not', () => {
  const path = join(scratch, 'noted.yaml');
  writeFileSync(path, `${text}report: { text: texts/notes.md }\n`);
  expect(() => readStudyFile(path)).toThrow(/no such text for the report[\s\S]*texts\/notes\.md/);
  expect(readStudyFile(path, ['report.text=null']).report.text).toBeNull();
  mkdirSync(join(scratch, 'texts'));
  const folder = () => readStudyFile(path, ['report.text=texts']);
  expect(folder).toThrow(/the text for the report is no file[\s\S]*value: texts[\s\S]*name a file/);
  writeFileSync(join(scratch, 'texts/notes.md'), '# Introduction\n');
  expect(readStudyFile(path).report.text).toBe(join(scratch, 'texts/notes.md'));
});

test('a study is given by its file or as an object, whose files are seen from the working directory', () => {
  const study = { name: 's', dataset: { name: 'synthetic' } } as const;
  const path = join(scratch, 'given.yaml');
  writeFileSync(path, text);
  expect(givenStudy({ study })).toEqual(givenStudy({ studyFile: path }));
  expect(givenStudy({ study }, ['seeds=2']).seeds).toHaveLength(2);
  const { training } = givenStudy({ study: { ...study, training: { initial: 'w.safetensors' } } }).baseline;
  expect(training.initial).toBe(resolve('w.safetensors'));
  const noted = { ...study, report: { text: 'no-such-notes.md' } };
  expect(() => givenStudy({ study: noted })).toThrow(/the study: report\.text[\s\S]*no-such-notes\.md/);
  expect(() => givenStudy({} as StudySource)).toThrow(/no study is given[\s\S]*studyFile, study/);
  expect(() => givenStudy({ study, studyFile: path } as unknown as StudySource)).toThrow(/given twice/);
});
