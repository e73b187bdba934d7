/** Runs and trials that a person named -> their comparison. */
import { basename } from 'node:path';
import { type Analysis, analyse } from '../../analysis/analyse.js';
import { compareNetworks } from '../../analysis/findings/compareNetworks.js';
import { compareAcrossStudies } from '../../analysis/findings/compareStudies.js';
import { compareTrials } from '../../analysis/findings/compareTrials.js';
import {
  findSubject,
  type RunSubject,
  readPredictions,
  type Subject,
  type TrialSubject,
} from '../../analysis/trials/node/subjects.js';
import { RunGroup } from '../../analysis/trials/runGroup.js';
import { groupStudy, trialsWithRuns } from '../../analysis/trials/study.js';
import { recordsNotes } from '../../analysis/words/looks.js';
import { requestError } from '../../base/errors.js';
import type { StudyRecords } from '../../store/records.js';
import type { Comparison } from '../compare.js';

type Compared = TrialSubject | RunSubject;

/**
 * Compares the runs and trials that `references` name, each with the first. A study's directory in front makes the names
 * after it names in that study; alone it stands for all of its trials.
 * @throws a request error where fewer than two are named, or one is not found
 */
export function compareSubjects(references: readonly string[], out: string): Comparison {
  const subjects = comparedSubjects(references, out);
  const [first, ...others] = subjects;
  if (first === undefined || others.length === 0) {
    throw requestError({
      what: 'a comparison needs two runs or trials',
      where: references.join(' '),
      rule: 'two or more names, or a study’s directory with two or more trials',
    });
  }
  const known = new Set(subjects.flatMap(({ records }) => (records === null ? [] : [records])));
  const remarks = [...known].flatMap(recordsNotes);
  let analysis: Analysis | null = null;
  const contrasts = others.flatMap((other) => {
    if (first.kind !== 'trial' || other.kind !== 'trial') return [];
    if (first.records.directory !== other.records.directory) {
      const across = compareAcrossStudies(trialOf(other), trialOf(first));
      if ('finding' in across) return across.finding;
      remarks.push(
        `${labelOf(first)} and ${labelOf(other)} belong to different studies: no contrast is made, because ${across.reason}.`,
      );
      return [];
    }
    analysis ??= analyse(first.records);
    const contrast = compareTrials(analysis, other.group.name, first.group.name);
    if (contrast === null)
      remarks.push(
        `${labelOf(first)} and ${labelOf(other)}: no contrast is made, because runs of a search carry no verdict.`,
      );
    return contrast ?? [];
  });
  const networks = others.flatMap((other) =>
    first.kind === 'run' && other.kind === 'run' ? [networksOf(first, other, remarks)] : [],
  );
  if (subjects.some(({ kind }) => kind !== first.kind)) {
    remarks.push(
      'A run and a trial are different things: their measures stand side by side, and no test is made.',
    );
  }
  const studies = new Set(subjects.flatMap(({ records }) => records?.directory ?? []));
  const columns = subjects.map((subject) => columnOf(subject, studies.size > 1));
  return { columns, contrasts, networks, remarks };
}

/** Trials of several studies may have one name: they are told apart by their studies. */
function columnOf(subject: Compared, tellsStudy: boolean): RunGroup {
  const runs = subject.kind === 'run' ? [subject.run] : subject.group.runs;
  const group = subject.kind === 'run' ? new RunGroup({ name: labelOf(subject), runs }) : subject.group;
  if (!tellsStudy || subject.records === null) return group;
  const label = `${group.label} of ${basename(subject.records.directory)}`;
  return group.with({ name: label, label, fullLabel: label });
}

function comparedSubjects(references: readonly string[], out: string): Compared[] {
  const [head, ...rest] = references;
  if (head === undefined) return [];
  const first = findSubject(head, out);
  if (first.kind !== 'study') return [first, ...rest.map((name) => single(findSubject(name, out)))];
  const { records } = first;
  return rest.length === 0 ? trialsOf(records) : rest.map((name) => single(findSubject(name, out, records)));
}

function trialsOf(records: StudyRecords): TrialSubject[] {
  return trialsWithRuns(groupStudy(records)).map((group) => ({ kind: 'trial', records, group }));
}

function single(subject: Subject): Compared {
  if (subject.kind !== 'study') return subject;
  throw requestError({
    what: 'a study’s directory can only stand first',
    where: subject.records.directory,
    rule: 'STUDY-DIR NAME NAME ..., or runs and trials',
  });
}

const trialOf = ({ records, group }: TrialSubject) => ({ records, trial: group.name });

const labelOf = (subject: Compared): string =>
  subject.kind === 'run'
    ? `${subject.run.record.trialName}, seed ${subject.run.record.seed.label}`
    : subject.group.name;

function networksOf(first: RunSubject, other: RunSubject, remarks: string[]): Comparison['networks'][number] {
  const names = [labelOf(other), labelOf(first)] as const;
  const [a, b] = [readPredictions(other), readPredictions(first)];
  if (a.length === 0 || b.length === 0) {
    const without = [other, first].filter((_, i) => [a, b][i]!.length === 0).map(labelOf);
    remarks.push(
      `No predictions.csv of ${without.join(' and ')}: the trained networks are not compared image by image. One run each says nothing about their configurations.`,
    );
    return { names, results: [] };
  }
  if (first.run.record.datasetChecksum !== other.run.record.datasetChecksum) {
    remarks.push(
      `${names.join(' and ')} were trained on different datasets: they are not compared image by image.`,
    );
    return { names, results: [] };
  }
  return { names, results: compareNetworks(a, b) };
}
