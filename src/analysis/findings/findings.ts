/** What a study's records carry: the confirmatory family decided, other measures explored, and what holds for all. */

import type { Decided } from '../../stats/decision.js';
import type { Result } from '../../stats/result.js';
import { unitOf } from '../../study/units.js';
import { lengthObstacle } from '../measures/lengths.js';
import type { GroupedStudy } from '../trials/study.js';
import type { DeclaredFinding, StudyFindings } from '../words/results.js';
import { bootstrapNotes } from './bootstrap.js';
import { decideContrasts, measureContrast } from './decide.js';
import { confirmedEffects } from './depends.js';
import { doubtOf } from './doubt.js';
import { exploratoryFindings } from './exploratory.js';
import { comparedIn, type DeclaredContrast, declaredFamily } from './family.js';
import { heldText, sharedHeld } from './held.js';
import { type Context, type Item, judge, stateOf } from './judge.js';
import { confirmatoryNotes } from './notes.js';
import { trialsSpokenOf } from './prominence.js';
import { shareFindings } from './shares.js';
import { statements } from './statements.js';
import { unseenCollapse } from './unseen.js';
import { untrainedIn, withUntrained } from './untrained.js';

export interface FindOptions {
  /** Compute how many seeds would decide what is open (some milliseconds a comparison), true. */
  readonly plan?: boolean;
}

/**
 * The findings of a study, from its records alone.
 *
 * Confirmatory: the declared metric, each level against the baseline (in grids main effects and the declared
 * interactions, explicit trials against the baseline), with Holm's correction at the look's level; confirmed interactions
 * first. A verdict needs all declared seeds of the family, two or more of them, and no run in the cells of the contrast
 * that diverged or collapsed. Exploratory: the other measures, each with an interval and at most the word "suggests".
 * Never throws for broken data: what cannot be judged says why.
 */
export function findingsOf(study: GroupedStudy, { plan = true }: FindOptions = {}): StudyFindings {
  const { records, metric } = study;
  const family = declaredFamily(study);
  const items = family.contrasts.map((contrast): Item => {
    const compared = measureContrast(records.study, soundRuns(study, contrast), metric);
    const obstacle = lengthObstacle(
      contrast.cells.flatMap(({ cell }) => cell.runs),
      metric,
    );
    const measured = obstacle === null ? compared : { ...compared, ...NOTHING };
    return { contrast, measured, obstacle, state: stateOf(study, contrast, measured, obstacle) };
  });
  const incomplete = items.some(({ contrast }) => contrast.cells.some(({ cell }) => cell.open > 0));
  const decisions = decideContrasts(
    records,
    items.map((item) => ({ ...item, usable: item.state === 'usable' && !incomplete })),
    plan,
  );
  const effects = incomplete ? [] : confirmedEffects(study, family, decisions);
  const context: Context = { study, incomplete, effects, comparisons: items.length };
  const confirmatory = items.map((item, i) => declaredFinding(context, item, decisions[i]!));
  const explored = { ...family, contrasts: family.contrasts.map((one) => soundRuns(study, one)) };
  const confirmed = items.flatMap(({ contrast }, i) => {
    const decision = decisions[i]!;
    return decision.status === 'ok' && decision.outcome === 'different' && !incomplete ? [contrast.id] : [];
  });
  return {
    spokenOf: trialsSpokenOf(family, new Set(confirmed)),
    findings: [
      ...confirmatory.filter(isConfirmedInteraction),
      ...confirmatory.filter((one) => !isConfirmedInteraction(one)),
      ...shareFindings(study),
      ...exploratoryFindings(study, explored, effects),
    ],
    held: sharedHeld(
      records,
      family.contrasts.map((one) => one.held),
    ),
    statements: statements(study, family, incomplete ? [] : decisions),
  };
}

/** Of runs that cannot be compared no difference is told. */
const NOTHING = { estimate: null, interval: null, method: '', improvement: null, effectSize: null } as const;

const isConfirmedInteraction = ({ contrast, simple }: DeclaredFinding) =>
  contrast.kind === 'interaction' && simple.length > 0;

/** The contrast over the runs that did not collapse: a mean over both describes none of them. */
function soundRuns({ troubles }: GroupedStudy, contrast: DeclaredContrast): DeclaredContrast {
  if (troubles.collapsed.size === 0) return contrast;
  const cells = contrast.cells.map(({ cell, coefficient }) => {
    const runs = cell.runs.filter((run) => !troubles.collapsed.has(run));
    return { cell: runs.length === cell.runs.length ? cell : cell.with({ runs }), coefficient };
  });
  return { ...contrast, cells };
}

function declaredFinding(context: Context, item: Item, decision: Result<Decided>): DeclaredFinding {
  const { study, incomplete } = context;
  const { records, metric: measure } = study;
  const { contrast, measured } = item;
  const { verdict, sentence, effects } = judge(context, item, decision);
  const decided = decision.status === 'ok' && !incomplete ? decision : null;
  const doubt = decided === null ? null : doubtOf(study, contrast, decided);
  const unseen = unseenCollapse(study, contrast, decided);
  const untrained = measured.estimate === null ? [] : untrainedIn(study, contrast);
  return {
    kind: 'difference',
    id: `${contrast.id}:${records.study.metric.name}`,
    factor: contrast.factor,
    measure: records.study.metric.name,
    contrast: comparedIn(contrast),
    sentence: withUntrained(sentence, untrained),
    verdict,
    dependsOn: effects?.on ?? null,
    simple: effects?.at ?? [],
    estimate: measured.estimate,
    unit: unitOf(measure.unit).difference,
    interval: measured.interval,
    level: 0.95,
    method: measured.method,
    n: measured.n,
    // Pooled over strata whose effects differ it would describe none of them.
    improvement: effects === null ? measured.improvement : null,
    effectSize: measured.effectSize,
    held: heldText(contrast.held),
    tuned: contrast.held.tuned,
    p: decided?.testedP ?? null,
    holmP: decided?.holmP ?? null,
    equivalence: decided === null || decided.outcome === 'different' ? null : equivalenceOf(decided),
    doubt,
    exaggeration: curseOf(decided),
    unseen,
    untrained,
    family: 'confirmatory',
    notes: [
      ...(doubt === null ? [] : [doubt]),
      ...confirmatoryNotes(study, contrast, decided, effects, unseen),
      ...bootstrapNotes(contrast, measured, measure),
    ],
  };
}

/** Such estimates are too large on average by the share of this one that they exceed the true difference by. */
function curseOf(decided: Decided | null): DeclaredFinding['exaggeration'] {
  if (decided === null || decided.exaggeration === null) return null;
  const { ratio, power } = decided.exaggeration;
  return { ratio, power, excess: (ratio - 1) * Math.abs(decided.estimate) };
}

function equivalenceOf({ equivalenceP, equivalenceHolmP, equivalenceInterval }: Decided) {
  const { level, ...interval } = equivalenceInterval;
  return { p: equivalenceP, holmP: equivalenceHolmP, interval, level };
}
