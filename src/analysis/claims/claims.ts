/** Claims and a study's records -> a verdict for each, with its evidence. */

import type { StudyRecords } from '../../store/records.js';
import { problemsError } from '../../study/problems.js';
import type { GroupedStudy } from '../trials/study.js';
import { joinWords } from '../words/format.js';
import { levelKey } from '../words/labels.js';
import type { ClaimResult, Verdict } from '../words/results.js';
import { dependsVerdict, untestedVerdict, VERDICT } from '../words/verdicts.js';
import {
  type CellValues,
  cellValues,
  countsInFamily,
  type Obstacle,
  partObstacle,
  protocolObstacle,
  tendencyNotes,
  trialObstacle,
} from './cells.js';
import { evidenceOf, type Judged, limitsText, readingOf, valuesOf } from './evidence.js';
import { decideParts, type MemberDecision } from './family.js';
import { nameProblems } from './names.js';
import { neighbours } from './neighbours.js';
import { type ClaimParts, claimParts } from './parts.js';
import { holdsOfRuns } from './runs.js';
import type { Claim, ClaimsFile } from './schema.js';

/** A claim's result, with the claims that cannot hold together with it. */
export interface JudgedClaim extends ClaimResult {
  readonly excludes: readonly string[];
}

/** The claims with those of one group side by side, where the group's first one stands. */
function groupedClaims<T extends { readonly group: string | null }>(claims: readonly T[]): T[] {
  return claims.flatMap((claim, i) => {
    if (claim.group === null) return [claim];
    const own = claims.filter(({ group }) => group === claim.group);
    return claims.indexOf(own[0]!) === i ? own : [];
  });
}

interface Prepared {
  readonly claim: Claim;
  readonly made: ClaimParts;
  readonly cells: readonly (readonly CellValues[])[];
  readonly obstacle: Obstacle | null;
  /** Sentences that end the evidence. */
  readonly notes: readonly string[];
}

/**
 * Judges every claim on a study. Of scope `runs`: on the curves themselves, means over a trial's seeds. Of scope
 * `configurations`: by tests over seeds, Holm-corrected over all such claims about trials of this study. In the file's order,
 * the claims of one group where its first one stands.
 * @throws a request error where the file names what this study cannot have
 */
export function judgeClaims(study: GroupedStudy, file: ClaimsFile): JudgedClaim[] {
  const problems = nameProblems(file, study.records.study);
  if (problems.length > 0) throw problemsError(problems, 'the claims file');
  const prepared = file.claims.map((claim) => prepare(study, file, claim));
  const decisions = decideAll(study.records, prepared);
  const judged = prepared.map((one): JudgedClaim => {
    const made = result(file, one, decisions.get(one) ?? []);
    return { ...made, fragile: fragileReadings(study, file, one.claim, made.verdict) };
  });
  return groupedClaims(judged.map((one, i) => withParts(one, file.claims[i]!, judged)));
}

/** Of these runs, the neighbouring readings under which a verdict flips between supported and contradicted. */
function fragileReadings(
  study: GroupedStudy,
  file: ClaimsFile,
  claim: Claim,
  verdict: Verdict,
): JudgedClaim['fragile'] {
  const opposite =
    verdict === VERDICT.supported
      ? VERDICT.contradicted
      : verdict === VERDICT.contradicted
        ? VERDICT.supported
        : null;
  if (claim.scope !== 'runs' || opposite === null) return [];
  return neighbours(claim, study.records.study).flatMap(({ claim: other, what, hasOwnLimits }) => {
    // What is noted with the verdict holds for its neighbours too, and is said once.
    const own = { ...prepare(study, file, other), notes: [] };
    const { verdict: found, evidence } = result(file, own, []);
    const limits = hasOwnLimits ? `, ${limitsText(other, own.made.parts)}` : '';
    return found === opposite ? [{ what: `${what}${limits}`, verdict: found, evidence }] : [];
  });
}

/** A claim with several halves holds only where all of them do. */
function withParts(made: JudgedClaim, claim: Claim, all: readonly JudgedClaim[]): JudgedClaim {
  if (claim.kind !== 'all') return made;
  const parts = claim.of.flatMap((id) => all.find((one) => one.id === id) ?? []);
  const words = parts.map(({ verdict }) => verdict);
  const verdict = words.every((one) => one === VERDICT.supported)
    ? VERDICT.supported
    : words.includes(VERDICT.contradicted)
      ? VERDICT.contradicted
      : VERDICT.partsOpen;
  const flips = parts.flatMap(({ id, fragile }) =>
    fragile.map((one) => ({ ...one, what: `in its part ${id}, ${one.what}` })),
  );
  const isFragile =
    verdict === VERDICT.supported || words.filter((one) => one === VERDICT.contradicted).length === 1;
  return {
    ...made,
    verdict,
    evidence: `It holds only if all of its parts do: ${joinWords(parts.map((one) => `${one.id} is ${one.verdict}`))}.`,
    fragile: isFragile ? flips.filter((one) => one.verdict !== verdict) : [],
  };
}

function prepare(study: GroupedStudy, file: ClaimsFile, claim: Claim): Prepared {
  const made = claimParts({ study, file }, claim);
  const cells = made.parts.map((part) => part.cells.map(cellValues));
  const trials = [...made.needs, ...made.parts.flatMap((part) => part.cells.map(({ trial }) => trial))];
  const obstacle =
    trialObstacle(study, trials, claim.scope) ??
    protocolObstacle(file, claim, trials) ??
    firstOf(made.parts, (part, i) => partObstacle(part, cells[i]!, file.epochs)) ??
    censoredObstacle(claim, cells) ??
    (claim.kind !== 'mechanism' && claim.kind !== 'all' && made.parts.length === 0
      ? { verdict: VERDICT.notRun, why: 'There is no other trial to hold it against' }
      : null);
  const notes = [...made.notes.map((note) => `${note}.`), ...tendencyNotes(file, claim, trials)];
  return { claim, made, cells, obstacle, notes };
}

function firstOf<T, U>(items: readonly T[], of: (item: T, i: number) => U | null): U | null {
  for (const [i, item] of items.entries()) {
    const found = of(item, i);
    if (found !== null) return found;
  }
  return null;
}

/** A mean over seeds of which some did not reach it does not exist. */
function censoredObstacle(claim: Claim, cells: Prepared['cells']): Obstacle | null {
  const bound = cells.flat().find(({ isBound }) => isBound);
  if (claim.scope === 'runs' || bound === undefined) return null;
  const { quantity, trial } = bound.cell;
  return {
    verdict: VERDICT.notReached,
    why: `Not every run of ${trial.label} reached it (${quantity.phrase}), so that there is no mean over seeds`,
  };
}

/** Claims that a diverged run or a missing number keeps from a test count all the same: they were declared. */
function decideAll(
  records: StudyRecords,
  prepared: readonly Prepared[],
): Map<Prepared, readonly MemberDecision[]> {
  const tested = prepared.filter(
    ({ claim, obstacle }) =>
      claim.scope === 'configurations' && (obstacle === null || countsInFamily(obstacle)),
  );
  const members = tested.flatMap(({ made, cells, obstacle }) =>
    made.parts.map((part, i) => ({ part, cells: obstacle === null ? cells[i]! : [] })),
  );
  const decided = decideParts(records, members);
  let at = 0;
  return new Map(
    tested.map((one) => {
      const own = decided.slice(at, at + one.made.parts.length);
      at += own.length;
      return [one, own];
    }),
  );
}

function result(file: ClaimsFile, prepared: Prepared, decisions: readonly MemberDecision[]): JudgedClaim {
  const { id, sentence, scope, kind, page, group, excludes } = prepared.claim;
  const { verdict, evidence } = judge(prepared, decisions);
  const source = prepared.claim.source ?? file.source;
  const reading = readingOf(prepared.claim, prepared.made.parts);
  return {
    id,
    sentence,
    source,
    page,
    scope,
    kind,
    verdict,
    evidence,
    reading,
    fragile: [],
    group,
    excludes,
  };
}

function judge(
  { claim, made, cells, obstacle, notes }: Prepared,
  decisions: readonly MemberDecision[],
): { verdict: Verdict; evidence: string } {
  if (claim.kind === 'all') return { verdict: VERDICT.partsOpen, evidence: '' };
  if (claim.kind === 'mechanism') return { verdict: VERDICT.notTestable, evidence: sentence(claim.why) };
  if (obstacle !== null) {
    const evidence = [sentence(obstacle.why), valuesOf(claim, cells)].join(' ').trimEnd();
    return { verdict: obstacle.verdict, evidence };
  }
  const judged = made.parts.map(
    (part, i): Judged => ({ part, cells: cells[i]!, decision: decisions[i] ?? null }),
  );
  const verdict = claim.scope === 'runs' ? verdictOfRuns(judged) : verdictOfConfigurations(claim, judged);
  return { verdict, evidence: evidenceOf(claim, judged, notes) };
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function verdictOfRuns(judged: readonly Judged[]): Verdict {
  const held = judged
    .filter(({ part }) => part.role === 'claim')
    .map(({ part, cells }) => holdsOfRuns(part, cells));
  if (held.includes(false)) return VERDICT.contradicted;
  return held.includes(null) ? VERDICT.notReached : VERDICT.supported;
}

function verdictOfConfigurations(claim: Claim, judged: readonly Judged[]): Verdict {
  const across = claim.kind === 'difference' ? claim.across : undefined;
  if (across !== undefined && dependsOn(judged)) return dependsVerdict(across);
  const outcomes = judged
    .filter(({ part }) => part.role === 'claim')
    .map(({ decision }) => decision?.outcome);
  const all = (outcome: string) => outcomes.every((one) => one === outcome);
  // A claim for every level of another factor is not contradicted as a whole by one of them.
  if (across === undefined ? outcomes.includes('fails') : all('fails')) return VERDICT.contradicted;
  const untested = judged.find(
    ({ part, decision }) => part.role === 'claim' && decision?.outcome === 'untestable',
  );
  if (untested?.decision?.test.status === 'undefined') return untestedVerdict(untested.decision.test);
  if (all('holds')) return VERDICT.supported;
  return all('equivalent') ? VERDICT.equivalent : VERDICT.inconclusive;
}

/**
 * A confirmed interaction, and the two simple effects either of opposite sign, both confirmed, or one confirmed and the
 * other equivalent to zero. "Significant here and not there" is no interaction.
 */
function dependsOn(judged: readonly Judged[]): boolean {
  const simple = judged.filter(({ part }) => part.role === 'claim' && part.strict);
  const [first, ...others] = simple;
  const interactions = judged.filter(({ part }) => part.role === 'interaction');
  return interactions.some(({ part, decision }) => {
    const other = others.find((one) => levelKey(one.part.at) === levelKey(part.at));
    const confirmed = decision?.outcome === 'holds' || decision?.outcome === 'fails';
    return confirmed && first !== undefined && other !== undefined && opposed(first, other);
  });
}

function opposed(a: Judged, b: Judged): boolean {
  const outcomes = [a.decision?.outcome, b.decision?.outcome];
  const confirmed = (one: string | undefined) => one === 'holds' || one === 'fails';
  if (outcomes.every(confirmed)) return outcomes[0] !== outcomes[1];
  return outcomes.some(confirmed) && outcomes.includes('equivalent');
}
