/** A study's records -> all that is known of it, once: figures, report, terminal, claims and comparisons take this. */

import type { StudyRecords } from '../store/records.js';
import { type FindOptions, findingsOf } from './findings/findings.js';
import { type Prominence, prominenceOf } from './findings/prominence.js';
import { type Isolation, isolation } from './search/isolation.js';
import { type BestLevels, bestLevels } from './trials/bestLevels.js';
import { levelGroups } from './trials/levels.js';
import { type FactorGroups, type GroupedStudy, groupStudy, trialsWithRuns } from './trials/study.js';
import { summarizeRun } from './trials/summary.js';
import type { StudyFindings } from './words/results.js';

export interface Analysis extends GroupedStudy, StudyFindings {
  readonly best: BestLevels | null;
  /** By the trials' names: which of many are shown first. */
  readonly prominence: ReadonlyMap<string, Prominence>;
  /** Of a study with nuisance factors: each scientific level at its best nuisance levels. */
  readonly isolation: Isolation | null;
  /** Factors that were drawn from a range, with the runs of each value: those of the search, where the study has one. */
  readonly drawn: readonly FactorGroups[];
}

/** Groups the runs, summarizes every measure over them, and concludes. Never throws for broken data. */
export function analyse(records: StudyRecords, options: FindOptions = {}): Analysis {
  const grouped = groupStudy(records);
  const found = findingsOf(grouped, options);
  const best = bestLevels(grouped);
  return {
    ...grouped,
    ...found,
    best,
    prominence: prominenceOf(grouped, found.spokenOf, best?.trial?.name ?? null),
    isolation: isolation(records),
    drawn: drawnFactors(records),
  };
}

function drawnFactors(records: StudyRecords): FactorGroups[] {
  const { search, study } = records;
  const searched: StudyRecords =
    search === undefined
      ? records
      : {
          ...records,
          ...search,
          study: { ...study, trials: [], method: { ...study.method, name: 'random' } },
        };
  return study.factors
    .filter(({ range }) => range !== null)
    .map((factor) => ({ factor, levels: levelGroups(searched, factor) }));
}

/** What a study's runs measured, as plain data for `--json`: every measure of every run, and of every trial over its seeds. */
export function analysisJson(analysis: Analysis): Record<string, unknown> {
  const { metric, counts, findings, held, statements } = analysis;
  const trials = trialsWithRuns(analysis).map((trial) => ({
    name: trial.name,
    levels: trial.levels,
    runs: trial.runs.map(summarizeRun),
    metric: trial.summary(metric),
    measures: trial.measures,
  }));
  return { metric, counts, trials, findings, held, statements };
}
