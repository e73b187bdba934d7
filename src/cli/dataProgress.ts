/** Progress of downloading and reading a dataset. */
import { Presets, SingleBar } from 'cli-progress';
import type { DataProgress } from '../index.js';
import { formatBytes, remark } from './output.js';

export interface DataProgressDisplay {
  show: (progress: DataProgress) => void;
  finish: () => void;
}

/** A bar on a terminal; a line at the start and for every tenth part elsewhere. */
export function createDataProgress(): DataProgressDisplay {
  return process.stderr.isTTY === true ? barDisplay() : plainDisplay();
}

function barDisplay(): DataProgressDisplay {
  let bar: SingleBar | null = null;
  let phase = '';
  const finish = () => {
    bar?.stop();
    bar = null;
    phase = '';
  };
  const show = ({ phase: now, what, done, total }: DataProgress) => {
    if (bar === null || now !== phase) {
      finish();
      phase = now;
      bar = new SingleBar(
        {
          format: `{bar} ${now} ${what}  {text}`,
          barsize: 16,
          hideCursor: true,
          gracefulExit: false,
          clearOnComplete: true,
        },
        Presets.rect,
      );
      bar.start(total ?? Math.max(done, 1), done, { text: '' });
    }
    const text =
      now === 'generate'
        ? `${done}`
        : `${formatBytes(done)}${total === null ? '' : ` of ${formatBytes(total)}`}`;
    bar.setTotal(total ?? Math.max(done, 1));
    bar.update(done, { text });
  };
  return { show, finish };
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
