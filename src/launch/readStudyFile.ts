/** A study file on disk -> a resolved study whose files (initial weights, the report's text) are found from anywhere. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { requestError } from '../base/errors.js';
import { parseStudy } from '../study/parse.js';
import type { LevelValue, ResolvedStudy } from '../study/types.js';

const initialKey = 'training.initial';

/** Reads a study file. @throws a request error where it cannot be read or is not valid */
export function readStudyFile(path: string, set: readonly string[] = []): ResolvedStudy {
  const study = parseStudy(studyText(path), { file: path, set });
  const found = (file: LevelValue) => (typeof file === 'string' ? resolve(dirname(path), file) : file);
  const { training } = study.baseline;
  const initial = training.initial === null ? null : resolve(dirname(path), training.initial);
  const { text } = study.report;
  const beside = text === null ? null : resolve(dirname(path), text);
  return {
    ...study,
    report: { ...study.report, text: beside !== null && existsSync(beside) ? beside : text },
    baseline: { ...study.baseline, training: { ...training, initial } },
    factors: study.factors.map((factor) =>
      factor.path === initialKey ? { ...factor, levels: factor.levels.map(found) } : factor,
    ),
    trials: study.trials.map((levels) =>
      initialKey in levels ? { ...levels, [initialKey]: found(levels[initialKey]) } : levels,
    ),
  };
}

function studyText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw requestError({
        what: 'there is no such study file',
        where: path,
        advice: "name an existing file, or write one with 'ceteris new NAME'",
        cause,
      });
    }
    throw requestError({
      what: 'the study file cannot be read',
      where: path,
      value: code === 'EISDIR' ? 'a directory' : message,
      advice: code === 'EISDIR' ? `name the file, such as ${path}/study.yaml` : 'check its permissions',
      cause,
    });
  }
}
