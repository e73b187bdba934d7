/** The checkpoints that a command has left in its folder. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { workError } from '../../base/errors.js';

/** Entries of a folder that are looked at. */
const mostEntries = 100_000;

/**
 * The first file or folder below `folder` that is not empty and whose name, or path from there, fits a pattern; the folders
 * nearest to the top first.
 * @throws a work error where there are too many to be sure that there is none: what is taken for a folder without one is emptied
 */
export function findCheckpoint(folder: string, patterns: readonly string[]): string | null {
  const expressions = patterns.map(expressionOf);
  const open = [folder];
  let seen = 0;
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    for (const entry of entriesOf(at)) {
      seen += 1;
      if (seen > mostEntries) {
        throw workError({
          what: 'the folder of the run holds too many files to find its checkpoint among',
          where: folder,
          rule: `trainer.checkpoint fits one of the first ${mostEntries} entries, folder by folder`,
          value: patterns.join(', '),
          advice: 'let the command write its checkpoint higher up, or fewer files',
        });
      }
      const path = join(at, entry.name);
      const shown = relative(folder, path).split(sep).join('/');
      const fits = expressions.some((one) => one.test(entry.name) || one.test(shown));
      if (fits && holdsSomething(path)) return shown;
      if (entry.isDirectory()) open.push(path);
    }
  }
  return null;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function holdsSomething(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  return stats.isDirectory() ? entriesOf(path).length > 0 : stats.size > 0;
}

/** `*.pt`, `checkpoints/last-*`: `*` for any part of a name. */
function expressionOf(pattern: string): RegExp {
  const escaped = pattern
    .replace(/^\.\//, '')
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[^/]*')}$`);
}
