/** A run as it was read, with its levels and its seed. */

import type { LevelValue } from '../study/types.js';
import type { ToldRun } from './levels/assign.js';
import type { RunCurves } from './reading/curves.js';
import type { CurveRun } from './reading/runs.js';

export interface ImportedRun {
  readonly name: string;
  readonly run: CurveRun;
  /** Of every factor, by path of a study file. */
  readonly levels: Readonly<Record<string, LevelValue>>;
  readonly seed: number;
  /** Where levels and seed stand; `null` where a plan told them. */
  readonly told: ToldRun | null;
  readonly curves: RunCurves;
}
