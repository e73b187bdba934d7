/** Why an attempt of a command was no success, in words, with what to do. */
import type { CommandTrainer } from '../../study/types.js';
import type { AttemptEnd } from './attempt.js';

export interface EndContext {
  readonly trainer: CommandTrainer;
  /** The folder of a run that went on from a checkpoint; `null`: it had started anew. */
  readonly resumed: string | null;
  /** The last lines of its output. */
  readonly lines: readonly string[];
}

/** What it printed at last: of a command that ended well without metrics, it may say why. */
export function saidText(lines: readonly string[]): string {
  if (lines.length === 0) return ' (it printed no text)';
  return `; its last lines:\n${lines.map((line) => `    ${line}`).join('\n')}`;
}

export function endText(end: AttemptEnd, { trainer, resumed, lines }: EndContext): string {
  const said = saidText(lines);
  const anew =
    resumed === null
      ? ''
      : `\n  do:    it had gone on from a checkpoint; to let it start anew, remove ${resumed}`;
  return `${what(end, trainer)}${said}${anew}`;
}

function what(end: AttemptEnd, { command, timeout }: CommandTrainer): string {
  switch (end.kind) {
    case 'exited':
      if (end.signal === null) return `the command ended with exit code ${end.code}`;
      return `the command was ended by ${end.signal}${end.signal === 'SIGKILL' ? ', as the system does where memory runs out' : ''}`;
    case 'late':
      return `the command took longer than ${timeout} s (trainer.timeout) and was ended`;
    case 'not started':
      return `the command ${command[0]} could not be started (${end.code})`;
    case 'stopped':
      return 'the command was stopped';
    default:
      return end satisfies never;
  }
}
