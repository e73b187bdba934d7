/** What a study set out to do, as blocks. */

import type { Analysis } from '../analysis/analyse.js';
import { count, joinWords } from '../analysis/words/format.js';
import type { StudyRecords } from '../store/records.js';
import { type Block, heading, paragraph } from './blocks.js';
import type { Section } from './sections.js';
import { designTable } from './tables.js';

/** Method, seeds, declared metric, and the table of the factors. */
export function designBlocks(
  { records: { study }, metric: declared }: Analysis,
  sections: readonly Section[],
): Block[] {
  const { factors, seeds, method, metric } = study;
  const seedText = `${count(seeds.length, 'seed')} (${joinWords(seeds.map(({ label }) => String(label)))})${streamText(study)}`;
  const which = study.selection === null ? 'every trial' : 'the trial chosen for each level';
  const what =
    factors.length === 0
      ? `One configuration, trained with ${seedText}.`
      : `Design: ${method.name}, ${which} trained with ${seedText}.`;
  const better = metric.goal === 'maximize' ? 'higher' : 'lower';
  const table = designTable(study, sections);
  return [
    heading(2, 'Design'),
    paragraph(`${what} Declared metric: ${declared.label} (${better} is better). ${declared.definition}`),
    ...(table === null ? [] : [table]),
  ];
}

/** What the seeds vary, where it is not everything. */
function streamText({ seedStreams }: StudyRecords['study']): string {
  if (seedStreams === 'all') return '';
  return seedStreams === 'data'
    ? ', which vary the order and augmentation only'
    : ', which vary the initial weights only';
}
