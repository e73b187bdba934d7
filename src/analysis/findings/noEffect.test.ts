/**
 * Studies without any effect, from their records to their findings: every trial is the same configuration, and the runs'
 * labels are permuted among them. At most about 5% of such studies may find anything.
 */

import { expect, it } from 'vitest';
import { madeStudy } from '../../../test/support/madeStudy.js';
import { RandomStream } from '../../base/random.js';
import type { LoadedRun, StudyRecords } from '../../store/records.js';
import { analyse } from '../analyse.js';

const STUDIES = 300;

/** The study's runs with other runs' curves: a permutation that (study) decides. */
function permuted(records: StudyRecords, study: number): StudyRecords {
  const draws = new RandomStream(11, 'simulation', 900, study);
  const curves = records.runs.map(({ metrics }, i) => ({ metrics, key: draws.normal(i) }));
  curves.sort((a, b) => a.key - b.key);
  const runs = records.runs.map((run, i): LoadedRun => ({ ...run, metrics: curves[i]!.metrics }));
  return { ...records, runs };
}

/** Runs of one configuration that differ by their seed only: deviation 0.6 points. */
function identical(text: string, pool: number): StudyRecords {
  const draws = new RandomStream(12, 'simulation', 901, pool);
  let next = 0;
  return madeStudy(text, () => 55 + 0.6 * draws.normal(next++));
}

const WORDS = /^(supported|contradicted|depends)/;

const studies = {
  'one factor, six levels, three seeds':
    'factors: { learningRate: [0.05, 0.01, 0.02, 0.1, 0.2, 0.3, 0.4] }\nseeds: 3\n',
  'one factor, six levels, five seeds, paired':
    'factors: { learningRate: [0.05, 0.01, 0.02, 0.1, 0.2, 0.3, 0.4] }\nseeds: 5\npairing: paired\n',
  'two by two, three seeds, with its interaction':
    'method: grid\nfactors: { schedule: [constant, cosine], weightDecay: [0, 0.01] }\nseeds: 3\n',
};

it.each(Object.entries(studies))(
  '%s: no finding',
  (_, text) => {
    const pools = Array.from({ length: 20 }, (__, pool) => identical(text, pool));
    let found = 0;
    let equal = 0;
    for (let study = 0; study < STUDIES; study++) {
      const { findings } = analyse(permuted(pools[study % pools.length]!, study), { plan: false });
      if (findings.some(({ verdict }) => verdict !== null && WORDS.test(verdict))) found++;
      if (findings.some(({ verdict }) => verdict === 'inconclusive' || verdict === 'equivalent')) equal++;
    }
    // Four Monte-Carlo standard errors beyond 5%; and the pipeline must have come to its decisions.
    expect(found / STUDIES).toBeLessThanOrEqual(0.05 + 4 * Math.sqrt((0.05 * 0.95) / STUDIES));
    expect(equal).toBeGreaterThan(0.9 * STUDIES);
  },
  240_000,
);
