import type { Command } from 'commander';
import { print, printJson } from './output.js';

export function registerData(program: Command): void {
  program
    .command('data')
    .argument('<dataset>', 'cifar100, cifar10 or synthetic')
    .description('fetch and check a dataset, and say what it holds')
    .option('--data-dir <directory>', 'where it lies, or is put')
    .option('--json', 'print as JSON')
    .action(data);
}

async function data(name: string, flags: { dataDir?: string; json?: boolean }): Promise<void> {
  const library = await import('./library.js');
  const { createDataProgress } = await import('./dataProgress.js');
  const progress = createDataProgress();
  const dataset = await library.loadDataset(
    { name: name as 'cifar100' },
    {
      dataDir: flags.dataDir,
      onProgress: progress.show,
    },
  );
  progress.finish();
  const { trainExamples, testExamples, classes, checksum, notes } = dataset;
  if (flags.json) {
    printJson({ name, trainExamples, testExamples, classes, checksum, notes });
    return;
  }
  print(`${name}: ${trainExamples} training and ${testExamples} test images, ${classes.length} classes`);
  print(`checksum ${checksum}`);
  for (const note of notes) print(`note: ${note}`);
}
