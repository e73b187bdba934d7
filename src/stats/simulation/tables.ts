/** The tables of `docs/statistics.md`, as Markdown. */

import { againstBaseline, contrastPower, type PlannedContrast, twoByTwoInteraction } from '../power.js';
import {
  bootstrapCoverage,
  clopperPearsonCoverage,
  type IntervalKind,
  improvementCoverage,
  mcnemarSize,
  tCoverage,
} from './coverage.js';
import { type Rate, scenarios } from './errors.js';
import {
  atChanceFindings,
  DEVIATION,
  epochsTakenForRepeats,
  equivalences,
  falseFindings,
  falseFindingsOverLooks,
  type LookPlan,
  simulatedInteractionPower,
  simulatedPower,
  spoiledFindings,
} from './families.js';
import { atChance, fitted, heldOut, isCollapsing, nearGuessing } from './spoilers.js';

/** Simulated studies behind each figure. */
export interface Sizes {
  readonly coverage: number;
  readonly families: number;
  readonly bootstrap: number;
}

export const longSizes: Sizes = { coverage: 40_000, families: 20_000, bootstrap: 2000 };

const SEEDS = [3, 5, 10] as const;

type Table = (sizes: Sizes) => string;

/** Each with a word for it, by which one alone can be made anew. */
const tables: Readonly<Record<string, Table>> = {
  coverage: ({ coverage }) => coverageTable(coverage),
  bootstrap: ({ bootstrap }) => bootstrapTable(bootstrap),
  discrete: () => discreteTable(),
  falseFindings: ({ families }) => falseFindingsTable(families),
  chosenOn: ({ families }) => spoiledTable(families, 'chosen on'),
  heldOut: ({ families }) => spoiledTable(families, 'held out'),
  rareCollapses: ({ families }) => silentTable(families),
  atChance: ({ families }) => atChanceTable(families),
  price: ({ families }) => priceTable(families),
  looks: ({ families }) => looksTable(families),
  equivalence: ({ families }) => equivalenceTable(families),
  power: ({ families }) => powerTable(families),
  pitfall: ({ families }) => pitfallTable(families),
};

export const tableNames: readonly string[] = Object.keys(tables);

/** The tables of these names, in turn, each as soon as it is computed. */
export function* calibrationTables(sizes: Sizes, names = tableNames): Generator<string> {
  for (const name of names) {
    const make = tables[name];
    if (make === undefined) throw new Error(`no table ${name}: one of ${tableNames.join(', ')}`);
    yield make(sizes);
  }
}

function coverageTable(studies: number): string {
  const kinds: readonly IntervalKind[] = ['mean', 'welch', 'paired'];
  const header = ['errors', ...kinds.flatMap((kind) => SEEDS.map((n) => `${kind} n=${n}`))];
  const rows = scenarios.map((scenario) => [
    scenario.name,
    ...kinds.flatMap((kind) => SEEDS.map((n) => percent(tCoverage(scenario, kind, n, studies)))),
  ]);
  return section('Coverage of the 95% t-intervals (%)', studies, 0.95, [header, ...rows]);
}

function bootstrapTable(studies: number): string {
  const header = ['bootstrap of a mean, normal errors', ...[5, 10, 20, 30].map((n) => `n=${n}`)];
  const rows = (['percentile', 'bca'] as const).map((method) => [
    method === 'bca' ? 'BCa' : 'percentile',
    ...[5, 10, 20, 30].map((n) => percent(bootstrapCoverage(method, n, studies))),
  ]);
  return section('Coverage of 95% bootstrap intervals over seeds (%)', studies, 0.9, [header, ...rows]);
}

function discreteTable(): string {
  const rows = [3, 5, 10, 30].map((n) => [
    `${n}`,
    (100 * clopperPearsonCoverage(n)).toFixed(1),
    (100 * improvementCoverage(n)).toFixed(1),
    (100 * mcnemarSize(n, 'p')).toFixed(1),
    (100 * mcnemarSize(n, 'midP')).toFixed(1),
  ]);
  const header = [
    'n',
    'lowest coverage, Clopper-Pearson',
    'lowest coverage, P(improvement), 20% ties',
    'false differences, McNemar exact',
    'McNemar mid-p',
  ];
  return `### Exact discrete statistics (%)\n\nSums over all outcomes, no simulation. n: pairs, or discordant examples.\n\n${grid([header, ...rows])}`;
}

function falseFindingsTable(studies: number): string {
  const header = ['errors', ...SEEDS.map((n) => `Welch n=${n}`), ...SEEDS.map((n) => `paired n=${n}`)];
  const rows = scenarios.map((scenario) => [
    scenario.name,
    ...[false, true].flatMap((paired) =>
      SEEDS.map((n) => percent(falseFindings(scenario, n, studies, paired))),
    ),
  ]);
  const title =
    'Studies without any effect that produce a finding: six contrasts, one shared baseline, Holm (%)';
  return section(title, studies, 0.05, [header, ...rows]);
}

/** Six contrasts, one, and the interaction of a 2 x 2 design, at 3, 5 and 10 seeds. */
function spoiledTable(studies: number, which: 'chosen on' | 'held out'): string {
  const spoilers = which === 'chosen on' ? [scenarios[0]!, scenarios[2]!, scenarios[7]!, ...fitted] : heldOut;
  const sizes = SEEDS.flatMap((n) => [`n=${n}`, `n=${n}, trusted`]);
  const rows = ([6, 1, '2 x 2'] as const).flatMap((contrasts) =>
    spoilers.map((scenario) => [
      `${contrasts}`,
      scenario.name,
      ...SEEDS.flatMap((seeds) => {
        const { plain, trusted, collapsed } = spoiledFindings(scenario, { seeds, contrasts }, studies / 5);
        return [percent(plain), `${percent(trusted)} (${percent(collapsed)})`];
      }),
    ]),
  );
  const what =
    which === 'chosen on'
      ? 'on which the rules were chosen'
      : 'held out: shapes, shares and depths on which the rules were not chosen';
  const title = `Findings of studies without any effect on the mean, scenarios ${what}: all, and those without a doubt; in brackets, studies with a run that is called collapsed (%)`;
  return section(title, studies / 5, 0.05, [['contrasts', 'errors', ...sizes], ...rows]);
}

/** Of the findings without a doubt where runs collapse rarely: those that do not say which unseen share would undo them. */
function silentTable(studies: number): string {
  const rows = ([6, 1, '2 x 2'] as const).flatMap((contrasts) =>
    [...fitted, ...heldOut].filter(isCollapsing).map((scenario) => [
      `${contrasts}`,
      scenario.name,
      ...SEEDS.flatMap((seeds) => {
        const { trusted, silent } = spoiledFindings(
          scenario,
          { seeds, contrasts, depth: scenario.depth },
          studies / 5,
        );
        return [percent(trusted), percent(silent)];
      }),
    ]),
  );
  const sizes = SEEDS.flatMap((n) => [`n=${n}, no doubt`, `n=${n}, no share either`]);
  const title =
    'Rare collapses: studies without any effect on the mean with a finding that has no doubt, and with one that does not say either which unseen share of collapses would undo it (%)';
  return section(title, studies / 5, 0.05, [['contrasts', 'errors', ...sizes], ...rows]);
}

/** Runs that did not learn beside siblings that did, by the rule of `deadRuns.ts`. */
function atChanceTable(studies: number): string {
  const rows = ([6, 1, '2 x 2'] as const).flatMap((contrasts) =>
    [...atChance, ...nearGuessing].map((scenario) => [
      `${contrasts}`,
      scenario.name,
      ...SEEDS.flatMap((seeds) => {
        const { plain, withoutRule, trusted, called } = atChanceFindings(
          scenario,
          { seeds, contrasts },
          studies / 5,
        );
        return [percent(plain), percent(withoutRule), `${percent(trusted)} (${percent(called)})`];
      }),
    ]),
  );
  const sizes = SEEDS.flatMap((n) => [`n=${n}, found`, `n=${n}, no doubt by distance`, `n=${n}, no doubt`]);
  const title =
    'Runs that guess beside siblings that train (accuracies of ten classes, 10,000 images): all findings, those without a doubt by the distance from the siblings alone, and with the rule of runs that did not learn; in brackets, studies with a run that this rule calls collapsed (%)';
  return section(title, studies / 5, 0.05, [['contrasts', 'runs', ...sizes], ...rows]);
}

/** What the rules cost where nothing is wrong. */
function priceTable(studies: number): string {
  const rows = ([6, 3, 2, 1, '2 x 2'] as const).flatMap((contrasts) =>
    [1, 2].map((difference) => [
      `${contrasts}`,
      `${difference}`,
      ...SEEDS.flatMap((seeds) => {
        const effect = difference / DEVIATION;
        const { plain, trusted } = spoiledFindings(scenarios[0]!, { seeds, contrasts, effect }, studies / 5);
        return [percent(plain), percent(trusted)];
      }),
    ]),
  );
  const sizes = SEEDS.flatMap((n) => [`n=${n}, found`, `n=${n}, without a doubt`]);
  const title = `What these rules cost: normal errors of deviation ${DEVIATION}, one level with an effect (%)`;
  return section(title, studies / 5, 0.5, [['contrasts', 'difference', ...sizes], ...rows]);
}

const oneByOne = [3, 4, 5, 6, 7, 8, 9, 10];

export const lookPlans: readonly LookPlan[] = [
  {
    name: 'a look after each seed from 3 to 10, always 0.05',
    seeds: oneByOne,
    contrasts: 1,
    levels: 'naive',
  },
  { name: 'the same at 0.04, 0.008, ...', seeds: oneByOne, contrasts: 1, levels: 'spent' },
  {
    name: 'looks at 5, 10, 15 seeds, 0.04, 0.008, 0.0016',
    seeds: [5, 10, 15],
    contrasts: 1,
    levels: 'spent',
  },
  { name: 'the same, the first at 0.05', seeds: [5, 10, 15], contrasts: 1, levels: 'late' },
  {
    name: 'six contrasts at 5, 10, 15 seeds, always 0.05',
    seeds: [5, 10, 15],
    contrasts: 6,
    levels: 'naive',
  },
  { name: 'six contrasts at 0.04, 0.008, 0.0016', seeds: [5, 10, 15], contrasts: 6, levels: 'spent' },
  { name: 'six contrasts, the first at 0.05', seeds: [5, 10, 15], contrasts: 6, levels: 'late' },
];

function looksTable(studies: number): string {
  const rows = lookPlans.map((plan) => [
    plan.name,
    percent(falseFindingsOverLooks(plan, scenarios[0], studies)),
    percent(falseFindingsOverLooks(plan, scenarios[1], studies)),
  ]);
  const title = 'Studies without any effect that find something at any look (%)';
  return section(title, studies, 0.05, [['looks', 'normal', 'heavy-tailed'], ...rows]);
}

function equivalenceTable(studies: number): string {
  const rows = [1, 6].flatMap((contrasts) =>
    [5, 10, 20].map((n) => [
      `${contrasts}`,
      `${n}`,
      percent(equivalences(1, n, contrasts, studies)),
      percent(equivalences(0, n, contrasts, studies)),
    ]),
  );
  const header = ['contrasts', 'seeds', 'true difference 1 (false)', 'true difference 0 (right)'];
  const title = 'Studies that call any level equivalent: margin 1, deviation 0.6 (%)';
  return section(title, studies, 0.05, [header, ...rows]);
}

function powerTable(studies: number): string {
  const rows: string[][] = [];
  const add = (
    what: string,
    difference: number,
    n: number,
    contrasts: number,
    planned: PlannedContrast,
  ): void => {
    const run = what === 'interaction' ? simulatedInteractionPower : simulatedPower;
    const formula = contrastPower(planned, difference, n, { contrasts });
    const expected = formula.status === 'ok' ? (100 * formula.power).toFixed(1) : formula.reason;
    const simulated = percent(run(difference, n, contrasts, studies));
    rows.push([what, `${contrasts}`, `${difference}`, `${n}`, simulated, expected]);
  };
  const level = againstBaseline(DEVIATION);
  for (const n of [3, 4, 5]) add('level', 2, n, 6, level);
  for (const n of [5, 10, 11]) add('level', 1, n, 6, level);
  for (const n of [3, 4]) add('level', 2, n, 1, level);
  for (const n of [7, 8]) add('level', 1, n, 1, level);
  const interaction = twoByTwoInteraction(DEVIATION);
  for (const n of [3, 4, 5]) add('interaction', 2, n, 1, interaction);
  for (const n of [5, 6]) add('interaction', 2, n, 6, interaction);
  for (const n of [11, 12]) add('interaction', 1, n, 1, interaction);
  for (const n of [12, 18]) add('interaction', 1, n, 6, interaction);
  const header = ['contrast', 'family', 'difference', 'seeds', 'found', 'formula (Holm’s first step)'];
  const title = 'Power, deviation 0.6 (%): one contrast with an effect, the rest of the family without';
  return section(title, studies, 0.8, [header, ...rows]);
}

function pitfallTable(studies: number): string {
  const rows = [
    ['what', 'false findings'],
    ['the last 30 epochs of one run a side taken for repeats', percent(epochsTakenForRepeats(studies))],
  ];
  return section('What is not done here, and why (%)', studies, 0.9, rows);
}

function percent({ rate }: Rate): string {
  return (100 * rate).toFixed(1);
}

function section(
  title: string,
  studies: number,
  typical: number,
  rows: readonly (readonly string[])[],
): string {
  const error = 100 * Math.sqrt((typical * (1 - typical)) / studies);
  const note = `${studies.toLocaleString('en-US')} simulated studies for each figure; Monte-Carlo standard error ${error.toFixed(2)} points at ${100 * typical}%.`;
  return `### ${title}\n\n${note}\n\n${grid(rows)}`;
}

function grid([header, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
