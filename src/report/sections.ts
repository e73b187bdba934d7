/** What a study's report has sections for: its factors, then trials outside of them. */

import type { Analysis } from '../analysis/analyse.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import { trialsWithRuns } from '../analysis/trials/study.js';
import { factorLabel } from '../analysis/words/labels.js';
import { type ColourOf, colourScale } from '../figures/palette.js';
import type { Factor } from '../study/types.js';

export interface Section {
  readonly title: string;
  /** Safe in a file's name. */
  readonly id: string;
  /** `null` for trials that belong to no factor. */
  readonly factor: Factor | null;
  readonly groups: readonly RunGroup[];
}

/** Above so many trials single figures would bury what they are to show. */
export const MOST_TRIAL_FIGURES = 12;

/** One section per factor with levels to compare, in the study's order; a study without factors has one section. */
export function sectionsOf(analysis: Analysis): Section[] {
  const paths = analysis.factors.map(({ factor }) => factor.path);
  const sections: Section[] = analysis.factors
    .filter(({ factor }) => factor.role === 'scientific')
    .map(({ factor, levels }) => ({
      title: factorTitle(paths, factor.path),
      id: factor.path,
      factor,
      groups: levels,
    }));
  const shown = new Set(sections.flatMap(({ groups }) => groups.flatMap(({ runs }) => runs)));
  const others = trialsWithRuns(analysis).filter(({ runs }) => runs.some((run) => !shown.has(run)));
  if (others.length > 0 || sections.length === 0) {
    const title = sections.length > 0 ? 'Further trials' : 'The run';
    sections.push({
      title: others.length > 1 ? 'Trials' : title,
      id: 'trials',
      factor: null,
      groups: others,
    });
  }
  return sections;
}

/** The last part of the path in words; the whole path where two factors would be called the same. */
function factorTitle(paths: readonly string[], path: string): string {
  const label = factorLabel(path);
  const same = paths.filter((one) => factorLabel(one) === label);
  return same.length > 1 ? path : label;
}

/** One colour for each trial and each level, the same in all figures; the baseline grey. */
export function sectionColours(sections: readonly Section[], trials: readonly RunGroup[]): ColourOf {
  const groups = [...sections.flatMap((section) => section.groups), ...trials];
  return colourScale(
    groups.map(({ name }) => name),
    groups.filter(({ isBaseline }) => isBaseline).map(({ name }) => name),
  );
}
