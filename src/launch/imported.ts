/** Imported studies are records of curves that were made elsewhere: they are read and judged, and never trained. */
import { join } from 'node:path';
import { requestError } from '../base/errors.js';
import { isThere } from '../store/node/files.js';
import type { ResolvedStudy } from '../study/types.js';

const what =
  'an imported study is a record of curves that were made elsewhere, and no protocol that can be trained';

/**
 * @param where as errors name the study
 * @param isBesidePlan whether its file lies where an import wrote it
 * @throws a request error for an imported study, also for a copy of its file
 */
export function refuseRecord(study: ResolvedStudy, where: string, isBesidePlan: boolean): void {
  const keys = [
    ...Object.keys(study.baseline.imported ?? {}).map((name) => `imported.${name}`),
    ...study.factors.map((factor) => factor.path).filter((name) => name.startsWith('imported.')),
  ];
  const isRecord = study.baseline.imported !== undefined || keys.length > 0;
  if (!isRecord && !isBesidePlan) return;
  throw requestError({
    what,
    where,
    rule: 'its dataset, network and training are not known; only the levels are',
    ...(keys.length === 0
      ? {}
      : { value: `${[...new Set(keys)].join(', ')}: nothing here is trained by it` }),
    advice: `ceteris report, show, claims and compare read it; to train such runs here, write their protocol: ceteris new NAME`,
  });
}

/** @throws a request error where the directory of a study that shall be trained holds an imported one */
export function refuseRecordIn(directory: string): void {
  if (!isThere(join(directory, 'import.json'))) return;
  throw requestError({
    what: 'the directory of this study holds an imported one',
    where: directory,
    rule: 'runs that are trained here are never mixed with curves from elsewhere',
    advice: 'give the study another name, or choose another --out',
  });
}
