/** The state of a declared contrast, its verdict, and its sentence. */

import type { Decided } from '../../stats/decision.js';
import type { Result, Undefined } from '../../stats/result.js';
import type { GroupedStudy } from '../trials/study.js';
import type { FindingVerdict } from '../words/results.js';
import {
  dependsVerdict,
  sizeDependsVerdict,
  unequalRunsVerdict,
  untestedVerdict,
  VERDICT,
} from '../words/verdicts.js';
import { familyOptions, type Measured } from './decide.js';
import { effectsOf } from './depends.js';
import type { DeclaredContrast } from './family.js';
import * as say from './sentences.js';
import type { SimpleEffects } from './simple.js';

type State =
  | 'usable'
  | 'not testable'
  | 'not run'
  | 'diverged'
  | 'unequal runs'
  | 'one seed'
  | 'collapsed'
  | 'too few';

export interface Item {
  readonly contrast: DeclaredContrast;
  /** Of the runs that did not collapse. */
  readonly measured: Measured;
  /** Why its runs cannot be compared on the measure: they were not measured at the same epochs. */
  readonly obstacle: string | null;
  readonly state: State;
}

export interface Context {
  readonly study: GroupedStudy;
  /** The declared seeds of the family are not complete. */
  readonly incomplete: boolean;
  /** Behind the confirmed interactions. */
  readonly effects: readonly SimpleEffects[];
  /** Of the family. */
  readonly comparisons: number;
}

export function stateOf(
  { records, troubles }: GroupedStudy,
  contrast: DeclaredContrast,
  { n }: Measured,
  obstacle: string | null,
): State {
  const { cells, problem } = contrast;
  if (problem !== null) return 'not testable';
  if (cells.some(({ cell }) => cell.runs.length === 0)) return 'not run';
  if (cells.some(({ cell }) => cell.counts.diverged > 0)) return 'diverged';
  if (obstacle !== null) return 'unequal runs';
  if (records.study.seeds.length === 1) return 'one seed';
  if (cells.some(({ cell }) => cell.runs.some((run) => troubles.collapsed.has(run)))) return 'collapsed';
  return n.some((values) => values < 2) ? 'too few' : 'usable';
}

export interface Judged {
  readonly verdict: FindingVerdict;
  readonly sentence: string;
  /** Those that stand beside the verdict. */
  readonly effects: SimpleEffects | null;
}

const plain = (verdict: FindingVerdict, sentence: string): Judged => ({ verdict, sentence, effects: null });

export function judge(context: Context, item: Item, decision: Result<Decided>): Judged {
  const { contrast, measured, state } = item;
  const { metric: measure } = context.study;
  const { estimate } = measured;
  switch (state) {
    case 'not testable':
      return plain(VERDICT.notTestable, say.notTestableSentence(contrast, contrast.problem ?? ''));
    case 'not run': {
      const absent = contrast.cells.filter(({ cell }) => cell.runs.length === 0);
      const names = absent.map(({ cell }) => cell.fullLabel);
      return plain(VERDICT.notRun, say.notRunSentence(contrast, names));
    }
    case 'diverged':
      return lostVerdict(context, item, 'diverged');
    case 'unequal runs':
      return plain(
        unequalRunsVerdict(item.obstacle ?? ''),
        say.notTestableSentence(contrast, item.obstacle ?? ''),
      );
    case 'one seed':
      return context.incomplete && estimate === null
        ? provisional(context, item)
        : plain(VERDICT.oneSeed, say.runsSentence(contrast, estimate, measure, null));
    case 'collapsed':
      return context.incomplete ? provisional(context, item) : lostVerdict(context, item, 'collapsed');
    case 'too few':
    case 'usable':
      if (context.incomplete) return provisional(context, item);
      return decision.status === 'ok'
        ? decidedVerdict(context, contrast, decision)
        : undecidable(context, item, decision);
    default:
      return state satisfies never;
  }
}

function provisional({ study }: Context, { contrast, measured }: Item): Judged {
  return plain(VERDICT.provisional, say.provisionalSentence(contrast, measured.estimate, study.metric));
}

function lostVerdict(
  { study: { metric, troubles } }: Context,
  { contrast, measured }: Item,
  what: 'diverged' | 'collapsed',
): Judged {
  const lost = (cell: (typeof contrast.cells)[number]['cell']) =>
    what === 'diverged'
      ? cell.counts.diverged
      : cell.runs.filter((run) => troubles.collapsed.has(run)).length;
  const texts = contrast.cells.flatMap(({ cell }) =>
    lost(cell) === 0 ? [] : [`${say.lostText(lost(cell), cell.ended, what)} (${cell.fullLabel})`],
  );
  const sentence = say.finishedSentence(contrast, measured.estimate, metric, {
    what,
    text: texts.join(', '),
  });
  return plain(VERDICT[what], sentence);
}

/** Two or more seeds that the statistics cannot use: no variation, or a measure that some runs lack. */
function undecidable({ study }: Context, { contrast, measured }: Item, why: Undefined): Judged {
  const sentence = say.runsSentence(contrast, measured.estimate, study.metric, why.reason);
  return plain(untestedVerdict(why), sentence);
}

function decidedVerdict(context: Context, contrast: DeclaredContrast, decision: Decided): Judged {
  const { study, effects: all } = context;
  const measure = study.metric;
  const isMain = contrast.kind === 'level' && contrast.cells.length > 2;
  // Of an interaction only where it is confirmed itself: another one of the same two factors says nothing of it.
  const isConfirmed = contrast.kind === 'interaction' && decision.outcome === 'different';
  const effects = (isMain || isConfirmed ? effectsOf(contrast, all) : null) ?? null;
  if (effects !== null && (effects.depends || contrast.kind === 'interaction')) {
    const sentence = say.dependsSentence(contrast, effects, decision.estimate, measure);
    const verdict = effects.depends
      ? dependsVerdict(effects.on)
      : decision.outcome === 'different'
        ? sizeDependsVerdict(effects.on)
        : VERDICT[decision.outcome];
    return { verdict, sentence, effects };
  }
  const { verdict, sentence } = outcomeVerdict(context, contrast, decision);
  if (effects === null) return plain(verdict, sentence);
  return {
    verdict: decision.outcome === 'different' ? sizeDependsVerdict(effects.on) : verdict,
    sentence: say.averagedSentence(sentence, contrast, effects, measure),
    effects,
  };
}

function outcomeVerdict(
  { study, comparisons }: Context,
  contrast: DeclaredContrast,
  decision: Decided,
): { verdict: FindingVerdict; sentence: string } {
  const { records, metric: measure } = study;
  const { estimate, low, high, p: plainP, testedP, holmP, alpha } = decision;
  const { smallestEffect, look = null } = familyOptions(records);
  switch (decision.outcome) {
    case 'different': {
      const isSmall = Math.abs(estimate) < smallestEffect;
      const sentence = say.supportedSentence(contrast, estimate, measure);
      return { verdict: isSmall ? VERDICT.small : VERDICT.supported, sentence };
    }
    case 'equivalent': {
      const sentence = say.equivalentSentence(contrast, records.study.smallestEffect, measure);
      return { verdict: VERDICT.equivalent, sentence };
    }
    case 'inconclusive': {
      const deciders = { comparisons, alpha, look, plainP, testedP, holmP };
      const seen = { estimate, interval: { low, high } };
      const sentence = say.inconclusiveSentence(contrast, seen, measure, deciders);
      return { verdict: VERDICT.inconclusive, sentence };
    }
    default:
      return decision.outcome satisfies never;
  }
}
