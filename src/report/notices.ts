/** What a reader must know before anything else. */

import type { Analysis } from '../analysis/analyse.js';
import { importedText } from '../analysis/trials/imported.js';
import { unfinishedText } from '../analysis/trials/unfinished.js';
import { type Block, notice } from './blocks.js';
import type { ReportExtras } from './extras.js';

/** A record that cannot be run, a miniature, a missing text, runs that have not ended. */
export function noticeBlocks(analysis: Analysis, { notes }: Pick<ReportExtras, 'notes'>): Block[] {
  const { records } = analysis;
  const { miniatureOf, text } = records.study.report;
  const open = unfinishedText(analysis);
  const imported = importedText(records);
  return [
    ...(imported === null ? [] : [imported]),
    ...(miniatureOf === null
      ? []
      : [
          `This study is a miniature of ${miniatureOf}: a smaller network, fewer images or fewer epochs. Effects here, and even their signs, are not those of the full study.`,
        ]),
    ...(text !== null && notes === undefined
      ? [`The text ${text}, which the study file names, was not found.`]
      : []),
    ...(open === null ? [] : [`This report is provisional. ${open}`]),
  ].map(notice);
}
