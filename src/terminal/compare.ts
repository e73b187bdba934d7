/** `ceteris compare`: measures side by side, trials over their seeds, trained networks over their images. */

import { NETWORKS_ONLY, type NetworkResult, networkSentences } from '../analysis/findings/compareNetworks.js';
import type { RunGroup } from '../analysis/trials/runGroup.js';
import type { Finding } from '../analysis/words/results.js';
import { findingText, wrap } from './findings.js';
import { measuresTable } from './runs.js';

export interface Comparison {
  readonly columns: readonly RunGroup[];
  /** Trials against the first one. */
  readonly contrasts: readonly Finding[];
  /** Runs against the first one. */
  readonly networks: readonly {
    readonly names: readonly [string, string];
    readonly results: readonly NetworkResult[];
  }[];
  /** Why something is not compared, one sentence each. */
  readonly remarks: readonly string[];
}

export function comparisonText({ columns, contrasts, networks, remarks }: Comparison, width = 100): string {
  const own = networks.filter(({ results }) => results.length > 0);
  return [
    measuresTable(columns, width),
    ...contrasts.map((finding) => findingText(finding, width)),
    ...own.map(({ names, results }) =>
      results
        .flatMap((result) => networkSentences(result, names))
        .map((text) => wrap(text, width))
        .join('\n'),
    ),
    ...(own.length === 0 ? [] : [wrap(NETWORKS_ONLY, width)]),
    ...(remarks.length === 0 ? [] : [remarks.map((text) => wrap(text, width)).join('\n')]),
  ].join('\n\n');
}
