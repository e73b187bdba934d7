/** A study file or a plain object -> a resolved study whose files (initial weights, the report's text) are found from anywhere. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { requestError } from '../base/errors.js';
import { isThere } from '../store/node/files.js';
import { type GivenFile, readGivenFile } from '../store/node/givenFile.js';
import { parseStudy } from '../study/parse.js';
import type { StudyObject } from '../study/plain.js';
import type { LevelValue, ResolvedStudy, Trainer } from '../study/types.js';
import { refuseRecord } from './imported.js';

const initialKey = 'training.initial';

const studyFile: GivenFile = {
  what: 'study file',
  missing: "name an existing file, or write one with 'ceteris new NAME'",
  inside: 'study.yaml',
};

/** Which study: a file, or the same keys as a plain object. */
export type StudySource =
  | { readonly studyFile: string; readonly study?: undefined }
  | {
      /** Paths in it are seen from the working directory. */
      readonly study: StudyObject | ResolvedStudy;
      readonly studyFile?: undefined;
    };

/** Reads a study file. @throws a request error where it cannot be read, is not valid, or is that of an imported study */
export function readStudyFile(path: string, set: readonly string[] = []): ResolvedStudy {
  const study = parseStudy(readGivenFile(path, studyFile), { file: path, set });
  refuseRecord(study, path, isThere(join(dirname(path), 'import.json')));
  return withFilesFrom(dirname(path), study, path);
}

/** The study that a caller gives. @throws a request error where none is given, or two, or it is not valid */
export function givenStudy(source: StudySource, set: readonly string[] = []): ResolvedStudy {
  if ((source.studyFile === undefined) === (source.study === undefined)) {
    throw requestError({
      what: source.study === undefined ? 'no study is given' : 'a study is given twice',
      where: 'studyFile, study',
      rule: 'one of them: the path of a study file, or an object with its keys',
    });
  }
  if (source.studyFile !== undefined) return readStudyFile(source.studyFile, set);
  const study = parseStudy(source.study, { set });
  refuseRecord(study, 'the study', false);
  return withFilesFrom('.', study, 'the study');
}

/** Where a study's own files lie: beside its file, or in the working directory. */
export function studyHome({ studyFile }: StudySource): string {
  return studyFile === undefined ? resolve('.') : dirname(resolve(studyFile));
}

/** The study with the paths that it names made absolute. @param name what errors call the study */
function withFilesFrom(home: string, study: ResolvedStudy, name: string): ResolvedStudy {
  const found = (file: LevelValue) => (typeof file === 'string' ? resolve(home, file) : file);
  const { training } = study.baseline;
  const initial = training.initial === null ? null : resolve(home, training.initial);
  return {
    ...study,
    report: { ...study.report, text: textOf(study, home, name) },
    trainer: placedTrainer(study.trainer, home),
    baseline: { ...study.baseline, training: { ...training, initial } },
    factors: study.factors.map((factor) =>
      factor.path === initialKey ? { ...factor, levels: factor.levels.map(found) } : factor,
    ),
    trials: study.trials.map((levels) =>
      initialKey in levels ? { ...levels, [initialKey]: found(levels[initialKey]) } : levels,
    ),
  };
}

/** The command is called in the folder of the study file, also where its resolved copy lies elsewhere. */
function placedTrainer(trainer: Trainer, home: string): Trainer {
  if (trainer === 'engine') return trainer;
  return { ...trainer, folder: resolve(home, trainer.folder ?? '.') };
}

/** The report's text lies beside the study file, or where the command is given. */
function textOf({ report: { text } }: ResolvedStudy, home: string, name: string): string | null {
  if (text === null) return null;
  const beside = resolve(home, text);
  const found = [beside, resolve(text)].find((one) => existsSync(one));
  const isFile = found !== undefined && statSync(found).isFile();
  if (isFile) return found;
  throw requestError({
    what: found === undefined ? 'there is no such text for the report' : 'the text for the report is no file',
    where: `${name}: report.text`,
    rule: 'a Markdown file, its path as seen from the study file',
    value: text,
    advice: `${found === undefined ? `write ${beside}` : 'name a file'}, or take report.text away (--set report.text=null)`,
  });
}
