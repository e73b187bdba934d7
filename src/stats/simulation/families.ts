/** Whole simulated studies, decided by `decideFamily` as real ones are. */

import { clopperPearson } from '../clopperPearson.js';
import { collapsed, undoingShare, unseenShare } from '../collapse.js';
import { deadBesideSiblings, FAR_ABOVE_GUESSING } from '../deadRuns.js';
import { decideFamily, type FamilyContrast, type FamilyOptions, type Outcome } from '../decision.js';
import { factorialCells } from '../factorial.js';
import { welch } from '../welch.js';
import { Draws, type ErrorMatrix, type Rate, rateFrom, rateOf, type Scenario } from './errors.js';

const CONTRASTS = 6;
/** Deviation between seeds of the planning tables, in points. */
export const DEVIATION = 0.6;

/** Every level against one shared baseline (cell 0). */
function againstBaseline(values: ErrorMatrix): FamilyContrast[] {
  return values.slice(1).map((treated, i) => ({ id: `${i}`, treated, baseline: values[0] }));
}

function anyOutcome(contrasts: readonly FamilyContrast[], outcome: Outcome, options: FamilyOptions): boolean {
  return decideFamily(contrasts, { ...options, plan: false }).some(
    (d) => d.status === 'ok' && d.outcome === outcome,
  );
}

/** The share of studies with any finding where no level has an effect: six contrasts, one shared baseline. */
export function falseFindings(scenario: Scenario, n: number, studies: number, paired: boolean): Rate {
  return rateOf(studies, (study) => {
    const values = scenario.draw(new Draws(300 + n, study), CONTRASTS + 1, n);
    return anyOutcome(againstBaseline(values), 'different', { smallestEffect: 1, paired });
  });
}

export interface SpoiledRates {
  /** Studies with a finding by the t-test alone. */
  readonly plain: Rate;
  /** Studies with a finding that has no doubt, collapsed runs giving no verdict. */
  readonly trusted: Rate;
  /** Of these, the studies with one that does not say either which unseen share of collapses would undo it. */
  readonly silent: Rate;
  /** Studies with a run that is called collapsed. */
  readonly collapsed: Rate;
}

/** Levels against a baseline, or the interaction of a 2 x 2 design alone. */
export type Compared = number | '2 x 2';

/**
 * What the rules about collapsed runs and lopsided comparisons leave of the findings, as `analysis/findings` applies them: a
 * level with a collapsed run gets no verdict, and every other finding of its study a doubt.
 * @param effect of the first level, in the scenario's units: then only what is found of that level counts
 * @param depth how far below the others a collapsed run lies, where that is known
 */
export function spoiledFindings(
  scenario: Scenario,
  {
    seeds,
    contrasts,
    effect = 0,
    depth = null,
  }: {
    readonly seeds: number;
    readonly contrasts: Compared;
    readonly effect?: number;
    readonly depth?: number | null;
  },
  studies: number,
): SpoiledRates {
  const hits = { plain: 0, trusted: 0, silent: 0, collapsed: 0 };
  for (let study = 0; study < studies; study++) {
    const size = contrasts === '2 x 2' ? 4 : contrasts + 1;
    const cells = scenario.draw(new Draws(900 + seeds, study), size, seeds);
    cells[1] = cells[1]!.map((value) => value + effect);
    const isCollapsed = collapsed(cells, 'maximize').some((one) => one.includes(true));
    const family = contrasts === '2 x 2' ? [interactionOf(cells)] : againstBaseline(cells);
    const decided = decideFamily(family, { smallestEffect: 1, plan: false });
    const found = decided
      .slice(0, effect === 0 ? family.length : 1)
      .flatMap((d) => (d.status === 'ok' && d.outcome === 'different' ? [d] : []));
    if (found.length > 0) hits.plain++;
    if (isCollapsed) hits.collapsed++;
    const sound = isCollapsed ? [] : found.filter(({ doubt }) => doubt === null);
    if (sound.length > 0) hits.trusted++;
    if (sound.some(({ estimate }) => !isUndone(estimate, depth, seeds))) hits.silent++;
  }
  return {
    plain: rateFrom(hits.plain, studies),
    trusted: rateFrom(hits.trusted, studies),
    silent: rateFrom(hits.silent, studies),
    collapsed: rateFrom(hits.collapsed, studies),
  };
}

/** Accuracies of runs, some of which did not learn: ten classes, so many validation images, deviation 0.6 points. */
export interface AtChance {
  readonly name: string;
  /** Of the levels' runs, at the accuracy of guessing. */
  readonly share: number;
  /** How many times as far as the baseline's the levels' runs scatter that train. */
  readonly scatter: number;
  /** Accuracy of the baseline, and of levels that train, in points. */
  readonly baseline: number;
  readonly level: number;
}

const IMAGES = 10_000;
const GUESS = 0.1;
const GUESS_ERROR = Math.sqrt((GUESS * (1 - GUESS)) / IMAGES);

/** As `analysis/trials/troubles.ts` tells a run that guesses. */
function isAtChance(accuracy: number): boolean {
  if (accuracy > 2 * GUESS) return false;
  const interval = clopperPearson(Math.round(accuracy * IMAGES), IMAGES, 0.98);
  return interval.status === 'ok' && interval.low <= GUESS;
}

export interface AtChanceRates {
  /** Studies with a finding by the t-test alone. */
  readonly plain: Rate;
  /** With one that has no doubt: by the rule of `collapse.ts` alone, and with that of runs that did not learn. */
  readonly withoutRule: Rate;
  readonly trusted: Rate;
  /** Studies with a run that is called collapsed because it did not learn. */
  readonly called: Rate;
}

/** What the rule about runs that did not learn leaves of the findings: a study with such a run has none without a doubt. */
export function atChanceFindings(
  { share, scatter, baseline, level }: AtChance,
  { seeds, contrasts }: { readonly seeds: number; readonly contrasts: Compared },
  studies: number,
): AtChanceRates {
  const hits = { plain: 0, withoutRule: 0, trusted: 0, called: 0 };
  for (let study = 0; study < studies; study++) {
    const draws = new Draws(1000 + seeds, study);
    const size = contrasts === '2 x 2' ? 4 : contrasts + 1;
    const cells = Array.from({ length: size }, (_, cell) =>
      Array.from({ length: seeds }, () => {
        const [z, chance] = [draws.normal(), draws.normal()];
        const falls = cell > 0 && Math.exp(-(draws.normal() ** 2 + draws.normal() ** 2) / 2) < share;
        if (falls) return GUESS + chance * GUESS_ERROR;
        const spread = (DEVIATION / 100) * (cell === 0 ? 1 : scatter);
        return Math.max(GUESS / 2, (cell === 0 ? baseline : level) / 100 + spread * z);
      }),
    );
    const dead = cells.map((cell) => cell.map(isAtChance));
    const isCalled = deadBesideSiblings(
      cells.map((cell, c) => ({
        alive: cell.filter((_, i) => !dead[c]![i]).map((accuracy) => accuracy - GUESS),
        dead: dead[c]!.filter(Boolean).length,
        noise: FAR_ABOVE_GUESSING * GUESS_ERROR,
      })),
    ).includes(true);
    const isFar = collapsed(cells, 'maximize').some((one) => one.includes(true));
    const family = contrasts === '2 x 2' ? [interactionOf(cells)] : againstBaseline(cells);
    const decided = decideFamily(family, { smallestEffect: 0.01, plan: false });
    const found = decided.flatMap((d) => (d.status === 'ok' && d.outcome === 'different' ? [d] : []));
    const sound = found.some(({ doubt }) => doubt === null);
    if (found.length > 0) hits.plain++;
    if (sound && !isFar) hits.withoutRule++;
    if (sound && !isFar && !isCalled) hits.trusted++;
    if (isCalled) hits.called++;
  }
  return {
    plain: rateFrom(hits.plain, studies),
    withoutRule: rateFrom(hits.withoutRule, studies),
    trusted: rateFrom(hits.trusted, studies),
    called: rateFrom(hits.called, studies),
  };
}

/** Whether an unseen share of collapses by `depth` would undo the difference: then a finding says so. */
function isUndone(estimate: number, depth: number | null, seeds: number): boolean {
  const share = depth === null ? null : undoingShare(estimate, depth);
  return share !== null && share <= unseenShare(seeds);
}

const STEPS = [0, 1].map((factor) => ({ factor, level: 1, reference: 0 }));

function interactionOf(cells: ErrorMatrix): FamilyContrast {
  return { id: 'interaction', cells: factorialCells({ shape: [2, 2], cells }, STEPS) };
}

export interface LookPlan {
  readonly name: string;
  /** Seeds at each look. */
  readonly seeds: readonly number[];
  readonly contrasts: number;
  /** `spent`: 0.04, 0.008, ...; `late`: 0.05 at the first look and the schedule after it; `naive`: always 0.05. */
  readonly levels: 'spent' | 'late' | 'naive';
}

/** The share of studies without any effect that find something at any of their looks. */
export function falseFindingsOverLooks(plan: LookPlan, scenario: Scenario, studies: number): Rate {
  const most = plan.seeds[plan.seeds.length - 1];
  return rateOf(studies, (study) => {
    const values = scenario.draw(new Draws(400, study), plan.contrasts + 1, most);
    return plan.seeds.some((n, i) => {
      const plain = plan.levels === 'naive' || (plan.levels === 'late' && i === 0);
      const seen = values.map((cell) => cell.slice(0, n));
      return anyOutcome(againstBaseline(seen), 'different', {
        smallestEffect: 1,
        look: plain ? null : i + 1,
      });
    });
  });
}

/**
 * The share of studies in which any of `contrasts` levels is called equivalent, margin 1, deviation 0.6, while each
 * differs from the baseline by `difference`: false where that is 1, true where it is 0.
 */
export function equivalences(difference: number, n: number, contrasts: number, studies: number): Rate {
  return rateOf(studies, (study) => {
    const values = normalCells(new Draws(500 + n, study), contrasts + 1, n);
    const shifted = values.map((cell, c) => (c === 0 ? cell : cell.map((x) => x + difference)));
    return anyOutcome(againstBaseline(shifted), 'equivalent', { smallestEffect: 1 });
  });
}

/** The share of studies that find one level's `difference` among `contrasts`, the others being without effect. */
export function simulatedPower(difference: number, n: number, contrasts: number, studies: number): Rate {
  return rateOf(studies, (study) => {
    const values = normalCells(new Draws(600 + n, study), contrasts + 1, n);
    values[1] = values[1].map((x) => x + difference);
    const [first] = decideFamily(againstBaseline(values), { smallestEffect: 1, plan: false });
    return first.status === 'ok' && first.outcome === 'different';
  });
}

/** The same for the interaction of a 2 x 2 design, in a family filled up with levels without effect. */
export function simulatedInteractionPower(
  difference: number,
  n: number,
  contrasts: number,
  studies: number,
): Rate {
  return rateOf(studies, (study) => {
    const values = normalCells(new Draws(700 + n, study), 4 + contrasts - 1, n);
    values[3] = values[3].map((x) => x + difference);
    const others = againstBaseline([values[0], ...values.slice(4)]);
    const [first] = decideFamily([interactionOf(values.slice(0, 4)), ...others], {
      smallestEffect: 1,
      plan: false,
    });
    return first.status === 'ok' && first.outcome === 'different';
  });
}

/**
 * What would happen if the last 30 epochs of one run were taken for repeats: the share of pairs of identical
 * configurations that Welch's test calls different. Runs differ by 0.6, epochs within a run by 0.3.
 */
export function epochsTakenForRepeats(studies: number): Rate {
  return rateOf(studies, (study) => {
    const draws = new Draws(800, study);
    const curve = (): number[] => {
      const run = DEVIATION * draws.normal();
      return Array.from({ length: 30 }, () => run + 0.3 * draws.normal());
    };
    const test = welch(curve(), curve());
    return test.status === 'ok' && test.p <= 0.05;
  });
}

function normalCells(draws: Draws, cells: number, n: number): ErrorMatrix {
  return Array.from({ length: cells }, () => Array.from({ length: n }, () => DEVIATION * draws.normal()));
}
