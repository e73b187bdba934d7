/** What `runStudy` takes. */
import type { GpuPrecision } from '../backends/webgpu/precision.js';
import type { DataProgress } from '../data/dataset.js';
import type { Device } from './backend.js';
import type { Lockstep } from './groups.js';
import type { StudySource } from './readStudyFile.js';

export type RunStudyOptions = StudySource & RunSettings;

/** How and where a study is run. */
export interface RunSettings {
  /** Where studies are kept; the study's own directory is made below. */
  readonly out: string;
  /** Overrides, `key=value`. */
  readonly set?: readonly string[] | undefined;
  readonly dataDir?: string | undefined;
  /** Default: auto. */
  readonly device?: Device | undefined;
  /** Runs (or groups in lockstep) side by side. On several GPUs at least one each; fewer are refused. */
  readonly workers?: number | undefined;
  /** GPUs at most (default: all that `device` means): those of a cluster's job. */
  readonly gpus?: number | undefined;
  readonly threads?: number | undefined;
  /** Runs trained together by one Program, with the same bits: `auto` (default), `off`, or at most so many. */
  readonly lockstep?: Lockstep | undefined;
  /** Bits of the CPU's vectors. Default: 256 where this Node has them and a check at start passes, else 128. Equal bits either way. */
  readonly cpuVectors?: 128 | 256 | undefined;
  /** Of a GPU: `f16-products` rounds the factors of pointwise convolutions, where it has subgroup matrices (default: f32). */
  readonly precision?: GpuPrecision | undefined;
  /** Whether a hardware GPU's tiles are chosen by measurement, once, at start (default: true). Equal bits either way. */
  readonly tune?: boolean | undefined;
  readonly allowVariantChange?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told while the dataset is fetched, read or made. */
  readonly onDataProgress?: ((progress: DataProgress) => void) | undefined;
}
