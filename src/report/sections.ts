/** What a study's report has sections for: its factors, then trials outside of them. */

import { isFinished } from '../analysis/measures/curves.js';
import { type LevelGroup, levelGroups, type TrialGroup, trialGroups } from '../analysis/trials/levels.js';
import { factorLabel } from '../analysis/words/labels.js';
import { type ColourOf, colourScale } from '../figures/palette.js';
import type { StudyRecords } from '../store/records.js';
import type { Factor } from '../study/types.js';

export interface Section {
  readonly title: string;
  /** Safe in a file's name. */
  readonly id: string;
  /** `null` for trials that belong to no factor. */
  readonly factor: Factor | null;
  readonly groups: readonly LevelGroup[];
}

/** Above so many levels single figures would bury the comparison. */
export const MOST_LEVEL_FIGURES = 12;

/** One section per factor with levels to compare, in the study's order; a study without factors has one section. */
export function sectionsOf(records: StudyRecords): Section[] {
  const sections: Section[] = records.study.factors
    .filter((factor) => factor.role === 'scientific')
    .map((factor) => ({
      title: factorTitle(records, factor.path),
      id: factor.path,
      factor,
      groups: levelGroups(records, factor),
    }));
  const shown = new Set(sections.flatMap(({ groups }) => groups.flatMap(({ runs }) => runs)));
  const others = trialGroups(records).filter(({ runs }) => runs.some((run) => !shown.has(run)));
  if (others.length > 0 || sections.length === 0) {
    const title = sections.length > 0 ? 'Further trials' : 'The run';
    sections.push({
      title: others.length > 1 ? 'Trials' : title,
      id: 'trials',
      factor: null,
      groups: others.map((trial) => trialAsGroup(records, trial)),
    });
  }
  return sections;
}

/** The last part of the path in words; the whole path where two factors would be called the same. */
function factorTitle(records: StudyRecords, path: string): string {
  const label = factorLabel(path);
  const same = records.study.factors.filter((factor) => factorLabel(factor.path) === label);
  return same.length > 1 ? path : label;
}

function trialAsGroup(records: StudyRecords, trial: TrialGroup): LevelGroup {
  const { name, runs } = trial;
  return {
    factor: '',
    value: name,
    label: name,
    fullLabel: name,
    key: name,
    isBaseline: name === 'baseline',
    mixed: false,
    runs,
    missing: records.missing.filter((run) => run.trialName === name).length,
  };
}

/** One colour for each trial, the same in all figures; the baseline grey. */
export function sectionColours(sections: readonly Section[]): ColourOf {
  const groups = sections.flatMap((section) => section.groups);
  return colourScale(
    groups.map(({ key }) => key),
    groups.filter(({ isBaseline }) => isBaseline).map(({ key }) => key),
  );
}

/** `3 of 3 runs finished`, `1 of 3 runs finished, 2 diverged`. */
export function stateOf(group: Pick<LevelGroup, 'runs' | 'missing'>): string {
  const total = group.runs.length + group.missing;
  const done = group.runs.filter(isFinished).length;
  const parts = [`${done} of ${total} finished`];
  for (const status of ['diverged', 'failed'] as const) {
    const n = group.runs.filter((run) => run.record.status === status).length;
    if (n > 0) parts.push(`${n} ${status}`);
  }
  const open = group.runs.filter((run) => ['waiting', 'running', 'interrupted'].includes(run.record.status));
  if (open.length > 0) parts.push(`${open.length} unfinished`);
  if (group.missing > 0) parts.push(`${group.missing} not started`);
  return parts.join(', ');
}
