/** Trials of two studies over their seeds: an interval and a test of equivalence, and what else differs between them. */

import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { isPlainObject } from '../../study/paths.js';
import { valueText } from '../../study/problems.js';
import type { ResolvedStudy } from '../../study/types.js';
import type { RunGroup } from '../trials/runGroup.js';
import { type GroupedStudy, groupStudy } from '../trials/study.js';
import { joinWords } from '../words/format.js';
import { factorLabel } from '../words/labels.js';
import type { ExploredFinding } from '../words/results.js';
import { exploredFinding } from './exploredFinding.js';

/** A trial, and the study whose runs it has. */
export interface StudyTrial {
  readonly records: StudyRecords;
  readonly trial: string;
}

/** The difference, first minus second; or why there is none. */
export type AcrossStudies = { readonly finding: ExploredFinding } | { readonly reason: string };

/**
 * The difference of the declared metric between trials of two studies. No study declares it, so that it carries no
 * verdict but "suggests"; runs are pairs by their seeds only where both studies declared that.
 */
export function compareAcrossStudies(first: StudyTrial, second: StudyTrial): AcrossStudies {
  const sides = [first, second].map(({ records, trial }) =>
    sideOf(groupStudy(records), trial, first, second),
  );
  const [a, b] = sides;
  if (a === undefined || b === undefined || a.group === undefined || b.group === undefined)
    return { reason: 'runs of a search carry no verdict' };
  const [one, other] = [a.grouped.records.study, b.grouped.records.study];
  if (describe(one) !== describe(other))
    return { reason: `one study is judged by ${describe(one)}, the other by ${describe(other)}` };
  const isPaired = one.pairing === 'paired' && other.pairing === 'paired';
  const study: ResolvedStudy = {
    ...one,
    pairing: isPaired ? 'paired' : 'none',
    smallestEffect: Math.min(one.smallestEffect, other.smallestEffect),
  };
  const finding = exploredFinding(
    { ...a.grouped, records: { ...a.grouped.records, study } },
    a.group,
    b.group,
    [
      'The two were trained as parts of different studies: whatever differs between those is part of the difference.',
      ...differences(a.group, b.group),
      ...splitNotes(first.records, second.records),
      ...(one.smallestEffect === other.smallestEffect
        ? []
        : [
            `The smallest effect of interest is ${one.smallestEffect} in one study and ${other.smallestEffect} in the other: the smaller one is the margin here.`,
          ]),
    ],
    [a, b].map(({ grouped }) => grouped.troubles),
  );
  return { finding };
}

/** The trial under a name that tells its study as well. */
function sideOf(grouped: GroupedStudy, trial: string, first: StudyTrial, second: StudyTrial) {
  const found = grouped.trials.find(({ name }) => name === trial);
  const alike = first.records.study.name === second.records.study.name;
  const study = alike ? grouped.records.directory : grouped.records.study.name;
  const label = `${found?.fullLabel ?? trial} of ${study}`;
  return { grouped, group: found?.with({ label, fullLabel: label, name: label }) };
}

const describe = ({ metric: { name, at, goal } }: ResolvedStudy) => `${name} (${at}, ${goal})`;

/** So many keys are named, and the others counted. */
const MOST_KEYS = 8;

/** Keys of the two configurations that differ, as far as both are known. */
function differences(a: RunGroup, b: RunGroup): string[] {
  const [one, other] = [a, b].map(({ runs }) => runs[0]);
  if (one === undefined || other === undefined) return [];
  const [left, right] = [leavesOf(one), leavesOf(other)];
  if (left === null || right === null)
    return [
      'What else differs between them is not known: not both record their configuration in the same terms.',
    ];
  const keys = [...new Set([...left.keys(), ...right.keys()])].filter(
    (key) => left.get(key) !== right.get(key),
  );
  if (keys.length === 0) return ['Their recorded configurations are the same.'];
  const named = keys
    .slice(0, MOST_KEYS)
    .map((key) => `${factorLabel(key)} (${left.get(key) ?? 'none'} and ${right.get(key) ?? 'none'})`);
  const more = keys.length > MOST_KEYS ? [`${keys.length - MOST_KEYS} more`] : [];
  return [`Their configurations differ in ${joinWords([...named, ...more])}.`];
}

/** `null` for imported runs and for those of a command, whose values have names of their own. */
function leavesOf({ record: { configuration } }: LoadedRun): Map<string, string> | null {
  if (configuration === null || configuration.command !== undefined) return null;
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (!isPlainObject(value)) leaves.set(path, valueText(value));
    else
      for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`);
  };
  walk(configuration, '');
  return leaves;
}

function splitNotes({ split: a }: StudyRecords, { split: b }: StudyRecords): string[] {
  if (a === null || b === null) return [];
  if (a.checksum !== b.checksum) return ['They saw different data.'];
  const isSame =
    a.validation.length === b.validation.length && a.validation.every((i, k) => i === b.validation[k]);
  return isSame ? [] : ['They were measured on different validation images.'];
}
