/** What `runStudy` takes. */
import type { DataProgress } from '../data/dataset.js';

export interface RunStudyOptions {
  readonly studyFile: string;
  /** Where studies are kept; the study's own directory is made below. */
  readonly out: string;
  /** Overrides, `key=value`. */
  readonly set?: readonly string[] | undefined;
  readonly dataDir?: string | undefined;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  readonly allowVariantChange?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onDataProgress?: ((progress: DataProgress) => void) | undefined;
}
