/** The engine's targets, and what was measured of each. Pure: from the results of the other scripts to rows. */

/** At most, and to be reached for: the ratio, time, share or size that a lower (or, for speed-ups, a higher) value meets. */
export const targets = [
  {
    what: 'training step, newest Node LTS, default flags: time / PyTorch at its best',
    most: '1.1 on AVX-512, 0.7 on AVX2',
    reach: '1.0, 0.6',
    part: 'peer',
    command: 'npm run bench:peer',
    measured: ({ peer }) => ratios(peer, 'train', (side) => isNewest(side) && !isNarrowed(side)),
  },
  {
    what: 'the same with 128-bit vectors (`--cpu-vectors 128`)',
    most: 'as it is',
    reach: '',
    part: 'peer',
    command: 'npm run bench:peer -- --cpu-vectors 128',
    measured: ({ peer }) => ratios(peer, 'train', (side) => isNewest(side) && isNarrowed(side)),
  },
  {
    what: 'training step, Node 20, which has 128-bit vectors only: time / PyTorch at its best',
    most: 'as it is',
    reach: '',
    part: 'peer',
    command: 'npm run bench:peer',
    measured: ({ peer }) => ratios(peer, 'train', (side) => majorOf(side) === 20),
  },
  {
    what: 'evaluation step, newest Node LTS, default flags: time / PyTorch at its best',
    most: 'as it is',
    reach: '',
    part: 'peer',
    command: 'npm run bench:peer',
    measured: ({ peer }) => ratios(peer, 'evaluate', (side) => isNewest(side) && !isNarrowed(side)),
  },
  {
    what: '1 thread to 2 threads, one run: speed-up',
    most: 'at least 1.85',
    reach: '1.95',
    part: 'threads',
    command: 'npm run bench:threads',
    measured: ({ threads }) => threads && [ratioText(threads.speedUp)],
  },
  {
    what: 'two runs side by side, one thread each: throughput / one run with 2 threads',
    most: 'at least 1.0',
    reach: '1.1',
    part: 'threads',
    command: 'npm run bench:threads',
    measured: ({ threads }) => threads && [ratioText(threads.sideBySide)],
  },
  {
    what: 'memory of a run at batch 128, beside the dataset',
    most: '1 GB',
    reach: '0.4 GB',
    // Other work does not change it.
    part: null,
    command: 'npx ceteris bench step',
    measured: ({ step }) => step && [`${(step.memoryBytes / 1e9).toFixed(2)} GB`],
  },
  {
    what: 'cold start: `node dist/cli/main.js --help`',
    most: '150 ms',
    reach: '80 ms',
    part: 'start',
    command: 'npm run bench:start',
    measured: ({ start }) => start && [startText(start, 'help')],
  },
  {
    what: 'compile of the full network to the first step',
    most: '1500 ms',
    reach: '500 ms',
    part: 'start',
    command: 'npm run bench:start',
    measured: ({ start }) =>
      start && [
        `${startText(start, 'start')} until it begins, ${startText(start, 'firstStep')} until it is done`,
      ],
  },
  {
    what: "loading, split, augmentation: share of the step's time",
    most: '3%',
    reach: '0%',
    part: 'loading',
    command: 'npm run bench:loading',
    measured: ({ loading }) => loading && [`${(100 * loading.share).toFixed(1)}%`],
  },
];

/** Above this share of the cores for other work, figures are marked, and ratios are not quoted. */
export const busyAbove = 0.1;

/** What stands in place of ratios that were measured on a busy machine; `null` where they may be quoted. */
export function whyNoRatio(result) {
  const busy = result.machine.busy;
  if (busy <= busyAbove) return null;
  return `no ratio is quoted: other work kept ${(100 * busy).toFixed(0)}% of the cores busy when this was measured`;
}

/** `results`: parts that were measured, by name. Cells: what, at most, reach for, measured, command. */
export function targetRows(results) {
  return targets.map(({ what, most, reach, part, measured, command }) => [
    what,
    most,
    reach,
    cell(part, measured(results) ?? [], results[part]),
    `\`${command}\``,
  ]);
}

function cell(part, values, result) {
  if (values.length === 0) return 'not measured';
  const text = values.join('; ');
  if (part === null || result.machine.busy <= busyAbove) return text;
  return ['peer', 'threads'].includes(part) ? whyNoRatio(result) : `${text} (on a busy machine)`;
}

function ratios(peer, kind, fits) {
  return peer?.ratios
    .filter(({ name, peer: other }) => fits(name) && isBest(other))
    .map((one) => `${ratioText(one[kind])} (${nodeOf(one.name)} / ${one.peer})`);
}

const majorOf = (side) => Number(/Node v(\d+)/.exec(side)?.[1]);
const nodeOf = (side) => /Node v[\d.]+/.exec(side)?.[0] ?? side;
/** Ours by `--cpu-vectors 128`. */
export const isNarrowed = (side) => side.includes('-bit');
/** PyTorch that keeps its memory. */
export const isBest = (side) => !side.includes('memory returned');
/** Even majors are, or become, LTS; of 24 on, where relaxed SIMD needs no flag. */
export const isNewest = (side) => majorOf(side) >= 24 && majorOf(side) % 2 === 0;

function ratioText({ median }) {
  return median.toFixed(2);
}

function startText(start, name) {
  return `${start.milliseconds[name].median.toFixed(0)} ms`;
}
