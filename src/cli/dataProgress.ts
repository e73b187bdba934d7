/** Progress of downloading and reading a dataset. */
import type { DataProgress } from './library.js';
import { LiveLines } from './liveLines.js';
import { formatBytes, remark } from './output.js';
import { type ProgressLine, progressLines } from './progressLines.js';

export interface DataProgressDisplay {
  show: (progress: DataProgress) => void;
  finish: () => void;
}

/** A bar on a terminal; a line at the start and for every tenth part elsewhere. */
export function createDataProgress(): DataProgressDisplay {
  return process.stderr.isTTY === true ? barDisplay() : plainDisplay();
}

function barDisplay(): DataProgressDisplay {
  let lines: LiveLines | null = null;
  let now: DataProgress | null = null;
  const finish = () => {
    lines?.finish();
    lines = null;
  };
  const show = (progress: DataProgress) => {
    now = progress;
    lines ??= new LiveLines(process.stderr, (width) =>
      now === null ? [] : progressLines(lineOf(now), width),
    );
    lines.update();
  };
  return { show, finish };
}

function lineOf({ phase, what, done, total }: DataProgress): ProgressLine {
  const bytes = total === null ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`;
  return {
    share: total === null ? 0 : done / total,
    name: `${phase} ${what}`,
    facts: [phase === 'generate' ? String(done) : bytes],
  };
}

function plainDisplay(): DataProgressDisplay {
  let told = '';
  const show = ({ phase, what, done, total }: DataProgress) => {
    if (phase !== 'download') return;
    const tenth = total === null ? 0 : Math.floor((10 * done) / total);
    const line = `${phase} ${what}: ${total === null ? formatBytes(0) : `${10 * tenth}% of ${formatBytes(total)}`}`;
    if (line !== told) remark(line);
    told = line;
  };
  return { show, finish: () => {} };
}
