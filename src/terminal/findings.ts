/** Findings for the terminal: the report's sentences and verdicts, wrapped. */

import { type Detail, findingDetails } from '../analysis/findings/details.js';
import { suggestedSentences } from '../analysis/findings/explored.js';
import { verdictCounts } from '../analysis/findings/verdictCounts.js';
import { capital } from '../analysis/words/format.js';
import { type Finding, isDeclared, type StudyFindings } from '../analysis/words/results.js';
import { shownVerdict, VERDICT } from '../analysis/words/verdicts.js';

/** Lines of at most `width` characters, each after `indent` spaces. */
export function wrap(text: string, width: number, indent = 0): string {
  const room = Math.max(20, width - indent);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n');
}

/** One finding: `[supported] sentence`, then its numbers and notes. */
export function findingText(finding: Finding, width = 100, detail: Detail = 'all'): string {
  const verdict = isDeclared(finding) ? shownVerdict(finding) : finding.verdict;
  const head = verdict === null ? finding.sentence : `[${verdict}] ${finding.sentence}`;
  const rest = [findingDetails(finding, detail), ...finding.notes].filter((text) => text !== '');
  return [wrap(head, width), ...rest.map((text) => wrap(text, width, 4))].join('\n');
}

/** How often each verdict was given, declared comparisons in full, what the data suggest, then what holds for all. */
export function findingsText({ findings, held, statements }: StudyFindings, width = 100): string {
  const confirmatory = findings.filter((one) => isDeclared(one) || one.kind === 'share');
  const factors = [...new Set(findings.map(({ factor }) => factor))];
  const suggested = [...factors, null].flatMap((factor) => suggestedSentences({ findings }, factor));
  const blocks = confirmatory.map((one) => findingText(one, width, 'own'));
  if (findings.some(isDeclared)) blocks.unshift(wrap(`${capital(verdictCounts(findings))}.`, width));
  if (suggested.length > 0) blocks.push(suggested.map((text) => wrap(text, width)).join('\n'));
  const forAll = [...held, ...statements];
  if (forAll.length > 0) blocks.push(forAll.map((text) => wrap(text, width)).join('\n'));
  return blocks.join('\n\n');
}

/**
 * For the end of a training: each declared comparison with its verdict, without numbers; one line where one seed carries
 * none. Empty where nothing was declared.
 */
export function verdictsText({ findings }: StudyFindings, width = 100): string {
  const declared = findings.filter(isDeclared);
  if (declared.length > 0 && declared.every(({ verdict }) => verdict === VERDICT.oneSeed))
    return wrap(
      'One seed: the differences between these runs carry no verdict. “seeds: 3” or more would give verdicts.',
      width,
    );
  return declared.map((one) => wrap(`[${shownVerdict(one)}] ${one.sentence}`, width)).join('\n');
}
