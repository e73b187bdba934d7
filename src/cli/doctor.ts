import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what this machine can do, and what is missing')
    .option('--json', 'print as JSON')
    .action(async (flags: { json?: boolean }) => {
      const { diagnose } = await import('../index.js');
      const findings = await diagnose();
      if (flags.json) return printJson(findings);
      for (const { name, value, ok } of findings) print(`${ok ? 'ok ' : '-- '} ${name}: ${value}`);
    });
}
