import type { Command } from 'commander';
import pc from 'picocolors';
import type { KeyEntry } from './library.js';
import { print, printJson, wrap } from './output.js';

export function registerHelp(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .argument('[topic]', 'a command; or `keys`: the keys of a study file')
    .argument('[word]', 'with keys: a key, such as training.optimizer, or a word, such as lr or warmup')
    .option('--json', 'print the keys as JSON')
    .description('explain a command, or the keys of a study file')
    .action((topic: string | undefined, word: string | undefined, flags: { json?: boolean }) =>
      topic === 'keys' ? keys(word, flags) : explain(program, topic),
    );
}

function explain(program: Command, topic: string | undefined): void {
  const command = topic === undefined ? program : program.commands.find((one) => one.name() === topic);
  if (command !== undefined) command.outputHelp();
  else program.error(`error: unknown command '${topic}'`, { exitCode: 2 });
}

async function keys(word: string | undefined, { json }: { json?: boolean }): Promise<void> {
  const library = await import('./library.js');
  const found = word === undefined ? library.keyReference() : library.findKeys(word);
  if (json) printJson(found);
  else print(found.map((entry) => describeKey(entry, process.stdout.columns ?? 80)).join('\n'));
}

/** The key; below it its meaning, values and default. */
function describeKey(entry: KeyEntry, width: number): string {
  const { path, of, values, isRequired, description, factor } = entry;
  const name = of.length === 0 ? path : `${path} (${of.join(', ')})`;
  const written = entry.default === null ? (isRequired ? 'must be there' : null) : `default ${entry.default}`;
  const isHidden = factor === null || factor === path;
  const facts = [values, written, isHidden ? null : `as a factor: ${factor}`].filter((one) => one !== null);
  const lines = [description, facts.join('; ')].map((text) => wrap(`    ${text}`, 4, width));
  return [pc.bold(name), ...lines].join('\n');
}
