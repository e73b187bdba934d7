/** What holds for all findings of a study: the family, the look, the split, pairing, what was not examined. */

import { minOf } from '../../base/extremes.js';
import { alphaAtLook } from '../../stats/alphaSpending.js';
import { unseenShare } from '../../stats/collapse.js';
import { correlation } from '../../stats/correlation.js';
import type { Decided } from '../../stats/decision.js';
import type { Result } from '../../stats/result.js';
import type { StudyRecords } from '../../store/records.js';
import { isTestMetric } from '../../study/metrics.js';
import { declaredMeasure, measurePhrase } from '../measures/measures.js';
import { isolation } from '../search/isolation.js';
import type { GroupedStudy } from '../trials/study.js';
import { learningText } from '../trials/troubles.js';
import { count, formatNumber, formatValue, joinWords } from '../words/format.js';
import { factorLabel } from '../words/labels.js';
import { FEWEST_PAIRS } from './decide.js';
import type { DeclaredFamily } from './family.js';
import { pairedValues } from './pairs.js';
import { margin } from './sentences.js';
import { fewOf } from './untrained.js';

/** One sentence each, the most important first. */
export function statements(
  study: GroupedStudy,
  family: DeclaredFamily,
  decisions: readonly Result<Decided>[],
): string[] {
  const { records } = study;
  return [
    ...oneSeedStatements(records, family),
    ...designStatements(records, family),
    ...searchStatements(records),
    ...familyStatements(records, family),
    ...plannedStatements(decisions),
    ...learningStatements(study),
    ...collapseStatements(study, family),
    ...seedStatements(records),
    ...splitStatements(records),
    ...correlationStatements(records, family),
    ...unexaminedStatements(records),
  ];
}

function oneSeedStatements({ study }: StudyRecords, { contrasts }: DeclaredFamily): string[] {
  return study.seeds.length > 1 || contrasts.length === 0
    ? []
    : ['One seed carries no verdict: these numbers describe these runs, not what other seeds would give.'];
}

/** Why a study declares no comparison. */
function designStatements({ study }: StudyRecords, { contrasts }: DeclaredFamily): string[] {
  if (study.factors.some(({ role }) => role === 'nuisance')) {
    return [
      'Nuisance factors were searched within each scientific level. Searched runs carry no verdict, because the best of several is a lucky one: verdicts rest on the chosen trials, run again with fresh seeds.',
    ];
  }
  if (contrasts.length > 0) return [];
  if (study.factors.length === 0)
    return ['The study has one configuration: there is nothing to compare it with.'];
  if (study.method.name === 'random') {
    return [
      'A random search compares no declared levels: its runs describe the searched ranges and carry no verdict.',
    ];
  }
  return ['No factor has two levels, so the study declares no comparison.'];
}

/** A level whose nuisance levels were not found is compared below what it can do. */
function searchStatements(records: StudyRecords): string[] {
  const rows = (isolation(records)?.rows ?? []).filter(({ chosen }) => chosen !== null);
  const outer = rows.filter(({ chosen }) =>
    chosen?.some(({ edge, untried }) => edge !== null || untried !== null),
  );
  return outer.length === 0
    ? []
    : [
        `Of ${outer.length} of ${count(rows.length, 'level')} the search chose the outermost of what it tried: they may do better beyond it, and the verdicts are about levels tuned as they were (Isolation).`,
      ];
}

function familyStatements({ study, looks }: StudyRecords, { contrasts }: DeclaredFamily): string[] {
  if (contrasts.length === 0 || study.seeds.length < 2) return [];
  const measure = declaredMeasure(study.metric);
  const look = looks.length === 0 ? null : alphaAtLook(looks.length + 1);
  const level = look?.status === 'ok' ? look.alpha : 0.05;
  const test = study.pairing === 'paired' ? 'Paired t-tests, as declared' : 'Welch’s t-tests';
  const percent = `${formatNumber(100 * level)}%`;
  const correction =
    contrasts.length === 1
      ? `tested at ${percent}`
      : `Holm’s correction at ${percent} for all of them together`;
  const what = `${test}, on ${measurePhrase(measure)}: ${count(contrasts.length, 'declared comparison')}, ${correction}; equivalent means closer than ${margin(study.smallestEffect, measure)}.`;
  const again =
    look === null
      ? []
      : [
          `Seeds or levels were added, or what was declared was changed, after results had been seen, ${count(looks.length, 'time')}: this is look ${looks.length + 1}, tested at ${formatNumber(100 * level)}% in place of 5%.`,
        ];
  const best =
    study.metric.at === 'best' && !isTestMetric(study.metric.name)
      ? ['The study declares the best epoch as its metric; it favours runs that fluctuate.']
      : [];
  return [what, ...again, ...best];
}

/** How the seeds were computed that inconclusive findings name. */
function plannedStatements(decisions: readonly Result<Decided>[]): string[] {
  const planned = decisions.flatMap((one) =>
    one.status === 'ok' && one.outcome === 'inconclusive' && one.needed?.status === 'ok' ? [one.needed] : [],
  );
  const [first] = planned;
  if (first === undefined) return [];
  return [
    `Seeds named with inconclusive findings find the difference with 80% chance, for the upper 80% limit of the deviation between seeds, tested at ${formatNumber(100 * first.alpha)}% as the next look.`,
  ];
}

/** Why it is known of each trial that did not learn, said once for all comparisons that it enters. */
function learningStatements({ trials, troubles }: GroupedStudy): string[] {
  const dead = trials.flatMap((trial) => {
    const text = learningText(trial, troubles);
    return text === null ? [] : [`${trial.fullLabel} (${text})`];
  });
  return dead.length === 0
    ? []
    : [`Runs that did not learn, whose numbers are those of guessing: ${fewOf(dead)}.`];
}

/** Verdicts speak of runs that train: what a few seeds cannot exclude. */
function collapseStatements({ trials, troubles }: GroupedStudy, { contrasts }: DeclaredFamily): string[] {
  const compared = trials.filter(({ counts }) => counts.done > 1);
  if (contrasts.length === 0 || compared.length === 0 || troubles.collapsed.size > 0) return [];
  const runs = compared.map(({ counts }) => counts.done);
  const n = minOf(runs);
  const each = runs.every((own) => own === n)
    ? `${count(n, 'run')} per trial`
    : `${count(n, 'run')} in a trial, the fewest here,`;
  return [
    `Verdicts speak of runs that train as these did: with ${each} a share of collapsed runs of up to ${formatValue(unseenShare(n), 'share')} could have gone unseen.`,
  ];
}

function seedStatements({ study }: StudyRecords): string[] {
  if (study.seedStreams === 'all' || study.seeds.length < 2) return [];
  const [varied, fixed] =
    study.seedStreams === 'data'
      ? ['the order and augmentation of the images', 'the initial weights']
      : ['the initial weights', 'the order and augmentation of the images'];
  return [`Seeds vary ${varied} only: the intervals leave out what ${fixed} would add.`];
}

function splitStatements({ study, runs }: StudyRecords): string[] {
  if (study.trainer !== 'engine' || runs.some(({ record }) => record.source !== null)) return [];
  const { splitSeed } = study.baseline.dataset;
  if (splitSeed === 'per-seed')
    return ['Each seed has its own split, so the intervals include the choice of the split.'];
  return [
    `All runs share one split (split seed ${splitSeed}): every number is conditional on this split. “splitSeed: per-seed” would let it vary.`,
  ];
}

/** What pairing by seed could gain, measured: for the next study to choose by. */
function correlationStatements(records: StudyRecords, { contrasts }: DeclaredFamily): string[] {
  const measure = declaredMeasure(records.study.metric);
  const found = contrasts
    .filter(({ cells }) => cells.length === 2)
    .flatMap(({ cells, subject }) => {
      const [a = [], b = []] = pairedValues(
        cells.map(({ cell }) => cell),
        measure,
      );
      const result = correlation(a, b);
      return result.status === 'ok' && result.n >= FEWEST_PAIRS ? [{ subject, ...result }] : [];
    });
  if (found.length === 0) return [];
  const parts = found.slice(0, 6).map(({ subject, r, interval }) => {
    const bounds = interval === null ? '' : ` [${r2(interval.low)}, ${r2(interval.high)}]`;
    return `${r2(r)}${bounds} for ${subject}`;
  });
  const rest = found.length > 6 ? `, and ${found.length - 6} more` : '';
  const use =
    records.study.pairing === 'paired'
      ? 'the study declared paired tests'
      : 'a later study may declare “pairing: paired” where it is high';
  const n = minOf(found.map((one) => one.n));
  return [
    `Correlation between runs of one seed and the baseline’s (${count(n, 'pair')}): ${joinWords(parts)}${rest}; ${use}.`,
  ];
}

const r2 = (value: number) =>
  value
    .toFixed(2)
    .replace(/^-(0\.00)$/, '$1')
    .replace('-', '−');

function unexaminedStatements({ study }: StudyRecords): string[] {
  const paths = study.factors.filter(({ role }) => role === 'scientific').map(({ path }) => path);
  const pairs = paths.flatMap((a, i) => paths.slice(i + 1).map((b) => [a, b] as const));
  const declared = (a: string, b: string) =>
    study.interactions.some((pair) => pair.includes(a) && pair.includes(b));
  const open = pairs
    .filter(([a, b]) => !declared(a, b))
    .map(([a, b]) => `${factorLabel(a)} × ${factorLabel(b)}`);
  if (open.length === 0) return [];
  if (study.method.name !== 'one-factor')
    return [`Interactions that were not declared, and carry no verdict: ${joinWords(open)}.`];
  return [
    `Each factor was varied alone, so no effect is known to hold at other levels of the others. Interactions that were not examined: ${joinWords(open)}.`,
  ];
}
