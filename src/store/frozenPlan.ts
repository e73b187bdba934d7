/** What a study and a claims file declare for their tests, as hashes. Pure. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../study/paths.js';
import type { ResolvedStudy } from '../study/types.js';

export interface FrozenPlan {
  readonly formatVersion: 1;
  /** Of each part of the study's declaration, by its name in words. */
  readonly study: Readonly<Record<string, string>>;
  /** Of each claims file that was held against the study, by its name. */
  readonly claims: Readonly<Record<string, string>>;
}

const hash = (value: unknown) => bytesToHex(sha256(utf8ToBytes(canonicalJson(value ?? null))));

/** The order in which a file lists things decides figures, and no test. */
function sorted<T>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}

/** What decides the tests of a study: metric, margin, pairing, and the family of its comparisons. */
function parts(study: ResolvedStudy): Readonly<Record<string, unknown>> {
  return {
    metric: study.metric,
    'smallest effect': study.smallestEffect,
    pairing: study.pairing,
    'family of comparisons': {
      method: study.method.name,
      interactions: sorted(study.interactions.map((pair) => sorted(pair))),
      factors: sorted(
        study.factors.map(({ path, role, levels, range }) =>
          range === null ? { path, role, levels: sorted(levels) } : { path, role },
        ),
      ),
      trials: sorted(study.trials),
    },
  };
}

/** What is declared now; claims files that were frozen before stay so. */
export function declaredPlan(
  study: ResolvedStudy,
  before: FrozenPlan | null,
  claims: { readonly name: string; readonly contents: unknown } | null,
): FrozenPlan {
  const own = Object.fromEntries(Object.entries(parts(study)).map(([name, value]) => [name, hash(value)]));
  const file = claims === null ? {} : { [claims.name]: hash(claims.contents) };
  return { formatVersion: 1, study: own, claims: { ...before?.claims, ...file } };
}

/** In words, what is declared otherwise than before. A claims file that is new is no change. */
export function planChanges(before: FrozenPlan, now: FrozenPlan): string[] {
  const study = Object.keys(now.study).filter((name) => before.study[name] !== now.study[name]);
  const claims = Object.keys(before.claims).filter((name) => before.claims[name] !== now.claims[name]);
  return [...study.map((name) => `another ${name}`), ...claims.map((name) => `other claims in ${name}`)];
}
