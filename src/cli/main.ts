#!/usr/bin/env node
/** The command line: the only place, with its sibling files, that reads argv or exits. */
import './signals.js';
import { Command, CommanderError } from 'commander';
import { commands } from './commands.js';
import { watchOutput } from './output.js';

const program = new Command('ceteris')
  .description('A laboratory for the effects of hyperparameters on network training and generalization.')
  .exitOverride()
  .showHelpAfterError('(add --help for the options)')
  .configureHelp({ showGlobalOptions: true });

watchOutput();

for (const register of commands) register(program);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = commanderExitCode(error);
  else process.exitCode = (await import('./printError.js')).printError(error);
}

/** Help and version are no errors; everything else that the parser refuses is a wrong request. */
function commanderExitCode(error: CommanderError): number {
  return error.exitCode === 0 ? 0 : 2;
}
