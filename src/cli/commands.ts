/** The commands, in the order of the help. Each file registers one; what it needs is loaded when it runs. */
import type { Command } from 'commander';
import { registerBench } from './bench.js';
import { registerClaims } from './claims.js';
import { registerClusterTask } from './cluster.js';
import { registerCompare } from './compare.js';
import { registerData } from './data.js';
import { registerDoctor } from './doctor.js';
import { registerHelp } from './help.js';
import { registerImport } from './import.js';
import { registerLs } from './ls.js';
import { registerNew } from './new.js';
import { registerPlan } from './plan.js';
import { registerReport } from './report.js';
import { registerRun } from './run.js';
import { registerShow } from './show.js';
import { registerVersion } from './version.js';

export const commands: readonly ((program: Command) => void)[] = [
  registerVersion,
  registerNew,
  registerPlan,
  registerRun,
  registerLs,
  registerShow,
  registerCompare,
  registerReport,
  registerImport,
  registerClaims,
  registerData,
  registerBench,
  registerDoctor,
  registerHelp,
  registerClusterTask,
];
