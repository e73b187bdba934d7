/** What a study's records carry: the confirmatory family decided, other measures explored, and what holds for all. */

import type { Decided } from '../../stats/decision.js';
import type { Result, Undefined } from '../../stats/result.js';
import type { StudyRecords } from '../../store/records.js';
import { unitOf } from '../../study/units.js';
import type { Measure } from '../measures/measures.js';
import { type GroupedStudy, groupStudy } from '../trials/study.js';
import { count } from '../words/format.js';
import {
  type DeclaredFinding,
  type Finding,
  type FindingVerdict,
  isDeclared,
  type StudyFindings,
} from '../words/results.js';
import { dependsVerdict, untestedVerdict, VERDICT } from '../words/verdicts.js';
import { bootstrapNotes } from './bootstrap.js';
import { decideContrasts, type Measured, measureContrast } from './decide.js';
import { type Dependence, dependenceOf, dependences } from './depends.js';
import { divergenceFindings, exploratoryFindings } from './exploratory.js';
import { comparedIn, type DeclaredContrast, declaredFamily } from './family.js';
import { confirmatoryNotes } from './notes.js';
import * as say from './sentences.js';
import { statements } from './statements.js';

export interface FindOptions {
  /** Compute how many seeds would decide what is open (some milliseconds a comparison), true. */
  readonly plan?: boolean;
}

/** The findings of a study's records: groups them first. */
export function findStudy(records: StudyRecords, options: FindOptions = {}): StudyFindings {
  return findingsOf(groupStudy(records), options);
}

/**
 * The findings of a study, from its records alone.
 *
 * Confirmatory: the declared metric, each level against the baseline (in grids main effects and the declared
 * interactions, explicit trials against the baseline), with Holm's correction at the look's level. A verdict needs all
 * declared seeds of the family, two or more of them, and no diverged run in the cells of the contrast. Exploratory: the
 * other measures, each with an interval and at most the word "suggests". Never throws for broken data: what cannot be
 * judged says why.
 */
export function findingsOf(grouped: GroupedStudy, { plan = true }: FindOptions = {}): StudyFindings {
  const { records, metric: measure } = grouped;
  const family = declaredFamily(grouped);
  const items = family.contrasts.map((contrast): Item => {
    const measured = measureContrast(records.study, contrast, measure);
    return { contrast, measured, state: stateOf(records, contrast, measured) };
  });
  const incomplete = items.some(({ contrast }) => contrast.cells.some(({ cell }) => cell.open > 0));
  const decisions = decideContrasts(
    records,
    items.map((item) => ({ ...item, usable: item.state === 'usable' && !incomplete })),
    plan,
  );
  const depending = incomplete ? [] : dependences(grouped, family, decisions);
  const context: Context = { records, measure, incomplete, depending, comparisons: items.length };
  const confirmatory = items.map((item, i) => confirmatoryFinding(context, item, decisions[i]!));
  return {
    findings: [...confirmatory, ...divergenceFindings(grouped), ...exploratoryFindings(grouped, family)],
    statements: statements(records, family),
  };
}

type State = 'usable' | 'not testable' | 'not run' | 'diverged' | 'one seed' | 'too few';

interface Item {
  readonly contrast: DeclaredContrast;
  readonly measured: Measured;
  readonly state: State;
}

interface Context {
  readonly records: StudyRecords;
  readonly measure: Measure;
  readonly incomplete: boolean;
  readonly depending: readonly Dependence[];
  /** Of the family. */
  readonly comparisons: number;
}

function stateOf({ study }: StudyRecords, contrast: DeclaredContrast, { n }: Measured): State {
  if (contrast.problem !== null) return 'not testable';
  if (contrast.cells.some(({ cell }) => cell.runs.length === 0)) return 'not run';
  if (contrast.cells.some(({ cell }) => cell.counts.diverged > 0)) return 'diverged';
  if (study.seeds.length === 1) return 'one seed';
  return n.some((values) => values < 2) ? 'too few' : 'usable';
}

interface Judged {
  readonly verdict: FindingVerdict;
  readonly sentence: string;
  /** Path of the factor. */
  readonly dependsOn?: string;
}

function confirmatoryFinding(context: Context, item: Item, decision: Result<Decided>): DeclaredFinding {
  const { measure, records, incomplete } = context;
  const { contrast, measured } = item;
  const judged = judge(context, item, decision);
  const decided = decision.status === 'ok' && !incomplete ? decision : null;
  return {
    kind: 'difference',
    id: `${contrast.id}:${records.study.metric.name}`,
    factor: contrast.factor,
    measure: records.study.metric.name,
    contrast: comparedIn(contrast),
    sentence: judged.sentence,
    verdict: judged.verdict,
    dependsOn: judged.dependsOn ?? null,
    estimate: measured.estimate,
    unit: unitOf(measure.unit).difference,
    interval: measured.interval,
    level: 0.95,
    method: measured.method,
    n: measured.n,
    improvement: measured.improvement,
    effectSize: measured.effectSize,
    held: contrast.held,
    p: decided?.p ?? null,
    holmP: decided?.holmP ?? null,
    family: 'confirmatory',
    notes: [
      ...confirmatoryNotes(records, contrast, decided, { dependsOn: null, ...judged }, measure),
      ...bootstrapNotes(contrast, measured, measure),
    ],
  };
}

function judge(context: Context, { contrast, measured, state }: Item, decision: Result<Decided>): Judged {
  const { measure, incomplete } = context;
  const { estimate } = measured;
  switch (state) {
    case 'not testable':
      return {
        verdict: VERDICT.notTestable,
        sentence: say.notTestableSentence(contrast, contrast.problem ?? ''),
      };
    case 'not run': {
      const absent = contrast.cells.filter(({ cell }) => cell.runs.length === 0);
      const names = absent.map(({ cell }) => `the trial ${cell.name}`);
      return { verdict: VERDICT.notRun, sentence: say.notRunSentence(contrast, names) };
    }
    case 'diverged':
      return divergedVerdict(context, contrast, estimate);
    case 'one seed':
      if (incomplete && estimate === null)
        return {
          verdict: VERDICT.provisional,
          sentence: say.provisionalSentence(contrast, estimate, measure),
        };
      return {
        verdict: VERDICT.oneSeed,
        sentence: say.runsSentence(
          contrast,
          estimate,
          measure,
          'one seed cannot say what another would give',
        ),
      };
    case 'too few':
    case 'usable':
      if (incomplete)
        return {
          verdict: VERDICT.provisional,
          sentence: say.provisionalSentence(contrast, estimate, measure),
        };
      return decision.status === 'ok'
        ? decidedVerdict(context, contrast, decision)
        : undecidable(context, contrast, estimate, decision);
    default:
      return state satisfies never;
  }
}

function divergedVerdict({ measure }: Context, contrast: DeclaredContrast, estimate: number | null): Judged {
  const texts = contrast.cells
    .filter(({ cell }) => cell.counts.diverged > 0)
    .map(({ cell }) => `${say.divergedText(cell.counts.diverged, cell.ended)} (${cell.name})`);
  const sentence = say.finishedSentence(contrast, estimate, measure, texts.join(', '));
  return { verdict: VERDICT.diverged, sentence };
}

/** Two or more seeds that the statistics cannot use: no variation, or a measure that some runs lack. */
function undecidable(
  { measure }: Context,
  contrast: DeclaredContrast,
  estimate: number | null,
  why: Undefined,
): Judged {
  return {
    verdict: untestedVerdict(why),
    sentence: say.runsSentence(contrast, estimate, measure, why.reason),
  };
}

function decidedVerdict(context: Context, contrast: DeclaredContrast, decision: Decided): Judged {
  const { records, measure, depending } = context;
  const dependence = dependenceOf(contrast, depending);
  if (dependence !== undefined && (contrast.kind === 'interaction' || contrast.cells.length > 2)) {
    const sentence = say.dependsSentence(contrast, dependence, decision.estimate, measure);
    return { verdict: dependsVerdict(dependence.on), sentence, dependsOn: dependence.on };
  }
  switch (decision.outcome) {
    case 'different':
      return {
        verdict: VERDICT.supported,
        sentence: say.supportedSentence(contrast, decision.estimate, measure),
      };
    case 'equivalent':
      return {
        verdict: VERDICT.equivalent,
        sentence: say.equivalentSentence(contrast, records.study.smallestEffect, measure),
      };
    case 'inconclusive':
      return {
        verdict: VERDICT.inconclusive,
        sentence: say.inconclusiveSentence(
          contrast,
          { estimate: decision.estimate, interval: { low: decision.low, high: decision.high } },
          measure,
          context.comparisons,
        ),
      };
    default:
      return decision.outcome satisfies never;
  }
}

/** `6 findings: 2 supported, 4 inconclusive`, for a line of text. */
export function verdictCounts(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of findings.filter(isDeclared)) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const parts = [...counts].map(([verdict, n]) => `${n} ${verdict}`);
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  return total === 0
    ? 'no comparison was declared'
    : `${count(total, 'declared comparison')}: ${parts.join(', ')}`;
}
