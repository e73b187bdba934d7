/** The words that an analysis ends in: findings of a study and results of claims. One word for one strength. */

import type { LevelValue } from '../../study/types.js';
import type { Unit } from '../../study/units.js';

/**
 * How far the data carry a statement; the words stand in `verdicts.ts`. `depends on FACTOR` names the factor,
 * `no verdict: REASON` the reason. `provisional`: the declared seeds are not complete.
 */
export type Verdict =
  | 'supported'
  | `supported, ${string}`
  | 'contradicted'
  | 'equivalent'
  | 'inconclusive'
  | `depends on ${string}`
  | `no verdict: ${string}`
  | 'provisional'
  | 'not run'
  | 'not testable';

/** A finding's verdict. `suggests`: an exploratory measure whose interval excludes zero. */
export type FindingVerdict = Verdict | 'suggests';

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The probability that a run of one level is better than a run of the other: pairs won out of all, with its interval. */
export interface Improvement {
  readonly probability: number;
  readonly won: number;
  readonly pairs: number;
  readonly interval: Bounds;
  /** `Clopper-Pearson` and the like. */
  readonly method: string;
}

/** A difference in units of the deviation between seeds: it describes, and no test rests on it. */
export interface StandardizedDifference {
  readonly value: number;
  /** `Hedges' g`. */
  readonly method: string;
}

export interface FindingBase {
  /** Stable within a study: `learningRate=0.2:validAccuracy`. */
  readonly id: string;
  /** Path of the factor; of an interaction `FACTOR x FACTOR`; of an explicit trial its name. */
  readonly factor: string;
  /** The metric or measure: `validAccuracy`, `generalizationGap`. */
  readonly measure: string;
  /** The conclusion in one sentence. */
  readonly sentence: string;
  /** Caveats, each one sentence. */
  readonly notes: readonly string[];
}

/** Which of a study's comparisons a finding is about. */
export interface ComparedIn {
  /** Stable within a study: `learningRate=0.2`. */
  readonly id: string;
  readonly kind: 'level' | 'interaction' | 'trial';
  /** `learning rate 0.2`; `learning rate 0.2 × schedule cosine`; of an explicit trial its name. */
  readonly label: string;
}

/** A difference with its interval. All numbers are fractions or stored units: they are scaled where they are printed. */
export interface DifferenceFinding extends FindingBase {
  readonly kind: 'difference';
  readonly contrast: ComparedIn;
  /** Treated minus baseline; `null` where it cannot be estimated. */
  readonly estimate: number | null;
  /** Of the difference: `points`, `loss`, `epoch`, `number`. */
  readonly unit: Unit;
  readonly interval: Bounds | null;
  /** Of the interval: 0.95. */
  readonly level: number;
  /** Of the interval and test: `Welch's t`. */
  readonly method: string;
  /** Runs on either side of the contrast, `[treated, baseline]`; of an interaction, runs per cell. */
  readonly n: readonly number[];
  readonly improvement: Improvement | null;
  /** Of two trials; `null` where more cells or no two values a side take part, or nothing varies. */
  readonly effectSize: StandardizedDifference | null;
  /** What was held fixed, in words: `schedule constant, weight decay 0, activation relu`. */
  readonly held: string;
  /** What the search chose for each side, of `held`: it differs between comparisons. Empty where nothing was tuned. */
  readonly tuned: string;
  /** The p-value before and after Holm's correction over the confirmatory family; `null` where there is none. */
  readonly p: number | null;
  readonly holmP: number | null;
}

/** Runs of a comparison that did not learn. */
export interface Untrained {
  /** `learning rate 0.2`, `1 of 3 runs of the baseline`. */
  readonly name: string;
  /** How it is known: `accuracy of guessing`, `one class predicted for every image`. */
  readonly why: string;
}

/** The effect of a factor's step at one level of another factor. */
export interface SimpleEffect {
  /** `weight decay 0.01`. */
  readonly where: string;
  readonly level: LevelValue;
  readonly estimate: number;
  /** 95%. */
  readonly interval: Bounds;
  /** Trials of it whose runs did not learn. */
  readonly untrained: readonly Untrained[];
  readonly n: readonly number[];
  readonly p: number;
  /** Among the simple effects. */
  readonly holmP: number;
}

/** Two one-sided tests against -+ smallestEffect. */
export interface EquivalenceTest {
  readonly p: number;
  readonly holmP: number;
  readonly interval: Bounds;
  /** Of the interval: 0.9. */
  readonly level: number;
}

/** The winner's curse of a confirmed difference, were the true one as large as its estimate (`stats/exaggeration.ts`). */
export interface Curse {
  /** How many times too large the estimates are that pass this test at this n, on average. */
  readonly ratio: number;
  /** The same as a difference, in the unit of the estimate. */
  readonly excess: number;
  /** The chance that a study of this n finds it. */
  readonly power: number;
}

/** Which collapsed runs, unseen so far, would undo a confirmed difference or equivalence (`findings/unseen.ts`). */
export interface UnseenCollapse {
  /** The trial or level whose runs they are; `null`: all on the better side. */
  readonly where: string | null;
  /** Runs there that were seen, none of which collapsed. */
  readonly runs: number;
  /** The share that they cannot exclude. */
  readonly unseen: number;
  /** The share that would undo it, each run ending at `end` (the metric's unit). */
  readonly share: number;
  readonly end: number;
  /** Why `end`: guessing's accuracy or 0, a least value of guessing's loss; `null`: no bound, it is where `unseen` would do. */
  readonly bound: 'guess' | 'zero' | 'guessing loss' | null;
}

/** A comparison that was declared before there were data, on the declared metric. */
export interface DeclaredFinding extends DifferenceFinding {
  readonly family: 'confirmatory';
  readonly verdict: FindingVerdict;
  /** Path of the factor on which the effect, or its size, depends. */
  readonly dependsOn: string | null;
  /** Beside a confirmed interaction: the effect at each level of that factor. */
  readonly simple: readonly SimpleEffect[];
  /** `null` where nothing was tested, or the difference is confirmed. */
  readonly equivalence: EquivalenceTest | null;
  /** Why a confirmed difference cannot be trusted; `null` where nothing speaks against it. */
  readonly doubt: string | null;
  /** `null` where no difference is confirmed. */
  readonly exaggeration: Curse | null;
  /** `null` where neither a difference nor an equivalence is confirmed, or its seeds exclude such a share. */
  readonly unseen: UnseenCollapse | null;
  /** Trials of the comparison whose runs did not learn; empty where nothing is estimated. */
  readonly untrained: readonly Untrained[];
}

/** A comparison that was not declared, or on another measure. */
export interface ExploredFinding extends DifferenceFinding {
  readonly family: 'exploratory';
  /** `null`: the interval includes zero. */
  readonly verdict: FindingVerdict | null;
}

/** Epochs to a threshold, which have no difference: how many runs of either side reached it, and when. */
export interface ReachedFinding extends FindingBase {
  readonly kind: 'reached';
  readonly family: 'exploratory';
  readonly contrast: ComparedIn;
  readonly n: readonly number[];
  /** `[treated, baseline]`, in words. */
  readonly reached: readonly [string, string];
  readonly verdict: null;
}

/** The share of a trial's runs that diverged or collapsed. */
export interface ShareFinding extends FindingBase {
  readonly kind: 'share';
  readonly family: 'exploratory';
  readonly what: 'diverged' | 'collapsed';
  /** A fraction, with its interval. */
  readonly share: number;
  readonly interval: Bounds;
  readonly level: number;
  readonly method: string;
  readonly n: readonly number[];
  /** Fisher's exact p against the baseline's share; `null` of the baseline itself. */
  readonly p: number | null;
  readonly verdict: null;
}

/** A conclusion with its numbers and verdict. */
export type Finding = DeclaredFinding | ExploredFinding | ReachedFinding | ShareFinding;

export function isDeclared(finding: Finding): finding is DeclaredFinding {
  return finding.family === 'confirmatory';
}

/** All that a study's records carry. */
export interface StudyFindings {
  /** Confirmatory ones in the study's order, then exploratory ones. */
  readonly findings: readonly Finding[];
  /** What all declared comparisons hold fixed, said once for all of them. One sentence each. */
  readonly held: readonly string[];
  /** What holds for all of them: the family and its level, the split, what was not examined. One sentence each. */
  readonly statements: readonly string[];
  /** Names of the trials behind confirmed interactions. */
  readonly spokenOf: ReadonlySet<string>;
}

/** A neighbouring reading of a claim, with another verdict. */
export interface FragileReading {
  /** `with the limit halved`, `with epochsTo50`. */
  readonly what: string;
  readonly verdict: Verdict;
  /** What the data show under it, with numbers. */
  readonly evidence: string;
}

/** What a claim turned out to be on a study's data. */
export interface ClaimResult {
  readonly id: string;
  readonly sentence: string;
  readonly source: string;
  /** Page of the source, or `null`. */
  readonly page: number | string | null;
  readonly scope: 'runs' | 'configurations';
  readonly kind: 'level' | 'difference' | 'same' | 'order' | 'curve' | 'best' | 'all' | 'mechanism';
  readonly verdict: Verdict;
  /** What the data show, in one or two sentences with numbers. */
  readonly evidence: string;
  /** How the sentence was read, in our words and with our reason: what the source does not say. `null` of mechanisms. */
  readonly reading: string | null;
  /** Neighbouring readings under which the verdict flips; empty where it does not. */
  readonly fragile: readonly FragileReading[];
  /** Claims listed together: about one run under several figures, or excluding each other. */
  readonly group: string | null;
}
