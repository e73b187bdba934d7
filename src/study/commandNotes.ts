/** What a command is not told, and its author may believe it is: no mistake, since it may read its environment. */
import { placeholdersIn } from './placeholders.js';
import { takesSeed } from './trainer.js';
import type { ResolvedStudy } from './types.js';

/** Remarks on what reaches the command, one line each. */
export function commandNotes(study: ResolvedStudy): string[] {
  const { trainer, seeds } = study;
  if (trainer === 'engine') return [];
  const asked = trainer.command.flatMap(placeholdersIn);
  if (asked.includes('config')) return [];
  const untold = variedNames(study).filter((name) => !asked.some((one) => reaches(one, name)));
  return [
    ...(seeds.length < 2 || takesSeed(trainer)
      ? []
      : [
          'the command takes no {seed}: unless it reads CETERIS_SEED from its environment, the runs of a trial repeat one run',
        ]),
    ...untold.map(
      (name) =>
        `no argument of the command takes {${name}}: unless it reads its environment (CETERIS_VALUE_..., CETERIS_CONFIG), every level of ${name} trains the same`,
    ),
  ];
}

function variedNames({ factors, trials }: ResolvedStudy): string[] {
  const names = factors.filter(({ role }) => role !== 'fixed').map(({ path }) => path);
  return [...new Set([...names, ...trials.flatMap((levels) => Object.keys(levels))])];
}

/** `{optimizer}` tells of `optimizer.lr`, and `{optimizer.lr}` of `optimizer`. */
function reaches(asked: string, name: string): boolean {
  return asked === name || asked.startsWith(`${name}.`) || name.startsWith(`${asked}.`);
}
