/** A study file on disk -> a resolved study whose files (initial weights, the report's text) are found from anywhere. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { requestError } from '../base/errors.js';
import { type GivenFile, readGivenFile } from '../store/node/givenFile.js';
import { parseStudy } from '../study/parse.js';
import type { LevelValue, ResolvedStudy, Trainer } from '../study/types.js';

const initialKey = 'training.initial';

const studyFile: GivenFile = {
  what: 'study file',
  missing: "name an existing file, or write one with 'ceteris new NAME'",
  inside: 'study.yaml',
};

/** Reads a study file. @throws a request error where it cannot be read or is not valid */
export function readStudyFile(path: string, set: readonly string[] = []): ResolvedStudy {
  const study = parseStudy(readGivenFile(path, studyFile), { file: path, set });
  const found = (file: LevelValue) => (typeof file === 'string' ? resolve(dirname(path), file) : file);
  const { training } = study.baseline;
  const initial = training.initial === null ? null : resolve(dirname(path), training.initial);
  return {
    ...study,
    report: { ...study.report, text: textOf(study, path) },
    trainer: placedTrainer(study.trainer, path),
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
function placedTrainer(trainer: Trainer, path: string): Trainer {
  if (trainer === 'engine') return trainer;
  return { ...trainer, folder: resolve(dirname(path), trainer.folder ?? '.') };
}

/** The report's text lies beside the study file, or where the command is given. */
function textOf({ report: { text } }: ResolvedStudy, path: string): string | null {
  if (text === null) return null;
  const beside = resolve(dirname(path), text);
  const found = [beside, resolve(text)].find((one) => existsSync(one));
  if (found !== undefined) return found;
  throw requestError({
    what: 'there is no such text for the report',
    where: `${path}: report.text`,
    rule: 'a Markdown file, its path as seen from the study file',
    value: text,
    advice: `write ${beside}, or take report.text away (--set report.text=null)`,
  });
}
