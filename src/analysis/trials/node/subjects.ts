/** What a person names on the command line: a study, a trial of one, or a run. */

import { basename, dirname, join, resolve } from 'node:path';
import { requestError } from '../../../base/errors.js';
import { parsePredictions } from '../../../store/csv.js';
import { isThere, readText } from '../../../store/node/files.js';
import { loadHeldStudy } from '../../../store/node/frozenPlan.js';
import { listStudies } from '../../../store/node/listStudies.js';
import { loadRun, loadStudy } from '../../../store/node/studyFiles.js';
import type { LoadedRun, PredictionRow, StudyRecords } from '../../../store/records.js';

import { RunGroup } from '../runGroup.js';

export interface StudySubject {
  readonly kind: 'study';
  readonly records: StudyRecords;
}

export interface TrialSubject {
  readonly kind: 'trial';
  readonly records: StudyRecords;
  readonly group: RunGroup;
}

export interface RunSubject {
  readonly kind: 'run';
  /** `null` for a run's directory outside of a study. */
  readonly records: StudyRecords | null;
  readonly run: LoadedRun;
  readonly directory: string;
}

export type Subject = StudySubject | TrialSubject | RunSubject;

/**
 * Finds what `reference` names: a study's or a run's directory; `STUDY-DIR/TRIAL` or `STUDY-DIR/RUN-ID`; or the name of a
 * trial or run (or the beginning of one run's id) in `within`, or in the only study below `out` that has it. Trials and
 * runs of a search are found too.
 * @throws a request error where nothing, or more than one thing, has that name
 */
export function findSubject(reference: string, out: string, within: StudyRecords | null = null): Subject {
  if (within !== null) return namedIn([within], reference, within.directory);
  const path = resolve(reference);
  if (isThere(join(path, 'study.yaml'))) return { kind: 'study', records: loadHeldStudy(path) };
  if (isThere(join(path, 'run.json'))) return runAt(path);
  const parent = dirname(path);
  // A study file that a person wrote has no runs beside it: names are then those of the studies below `out`.
  if (isThere(join(parent, 'study.yaml')) && isThere(join(parent, 'runs')))
    return namedIn([loadHeldStudy(parent)], basename(path), parent);
  // One that cannot be read hides no other.
  const readable = listStudies(out).filter(({ problem }) => problem === undefined);
  const studies = readable.map(({ directory }) => loadStudy(directory));
  const { records } = namedIn(studies, reference, `the studies below ${out}`);
  // Only of the study that was meant is this a look.
  return namedIn(records === null ? studies : [loadHeldStudy(records.directory)], reference, out);
}

function runAt(directory: string): RunSubject {
  const run = loadRun(directory);
  if (run === null) throw unknown(directory, directory, []);
  const study = dirname(dirname(directory));
  const records = isThere(join(study, 'study.yaml')) ? loadHeldStudy(study) : null;
  const known = [...(records?.runs ?? []), ...(records?.search?.runs ?? [])];
  const own = known.find(({ record }) => record.id === run.record.id);
  return { kind: 'run', records, run: own ?? run, directory };
}

function namedIn(studies: readonly StudyRecords[], name: string, where: string): Subject {
  const found = studies.flatMap((records): Subject[] => {
    const searched = records.search?.runs ?? [];
    // A trial that was searched and then chosen is known by its fresh runs.
    for (const stage of [records.runs, searched]) {
      const runs = stage.filter(({ record }) => record.trialName === name);
      if (runs.length > 0) return [{ kind: 'trial', records, group: new RunGroup({ name, runs }) }];
    }
    const all = [...records.runs, ...searched, ...records.outside];
    const exact = all.filter(({ record }) => record.id === name);
    const matching = exact.length > 0 ? exact : all.filter(({ record }) => record.id.startsWith(name));
    return matching.map((run) => ({
      kind: 'run',
      records,
      run,
      directory: join(records.directory, 'runs', run.record.id),
    }));
  });
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  if (found.length > 1) throw ambiguous(name, found);
  throw unknown(name, where, studies);
}

function ambiguous(name: string, found: readonly Subject[]): Error {
  return requestError({
    what: 'this name fits more than one run or trial',
    where: name,
    rule: 'a whole run id, a trial’s name, or STUDY-DIR/NAME',
    value:
      found.slice(0, 4).map(pathOf).join('; ') + (found.length > 4 ? `; and ${found.length - 4} more` : ''),
  });
}

function pathOf(subject: Subject): string {
  if (subject.kind === 'run') return subject.directory;
  return subject.kind === 'trial'
    ? join(subject.records.directory, subject.group.name)
    : subject.records.directory;
}

function unknown(name: string, where: string, studies: readonly StudyRecords[]): Error {
  const runs = studies.flatMap((study) => [...study.runs, ...(study.search?.runs ?? [])]);
  const names = [...new Set(runs.map(({ record }) => record.trialName))];
  return requestError({
    what: 'there is no such study, trial or run',
    where,
    rule:
      names.length === 0
        ? 'a study’s or run’s directory, or the name of a trial or run'
        : `a directory, a run id, or a trial: ${names.slice(0, 8).join('; ')}${names.length > 8 ? '; ...' : ''}`,
    value: name,
    advice: 'list them with `ceteris ls`',
  });
}

/** predictions.csv of a run; empty where it has none. */
export function readPredictions({ directory }: Pick<RunSubject, 'directory'>): PredictionRow[] {
  const path = join(directory, 'predictions.csv');
  return parsePredictions(readText(path) ?? '', path);
}
