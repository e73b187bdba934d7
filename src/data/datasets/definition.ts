/** What a dataset declares. Where it lies and how it is loaded is Node's: ../node/load.ts. */
import type { ChoiceDefinition } from '../../base/keys.js';

/** What is known of a dataset before it is loaded. */
export interface DatasetOutline {
  readonly classes: number;
  readonly trainExamples: number;
  readonly testExamples: number;
}

/** How a dataset's images lie and are normalized: what a network that was trained on it expects of others. */
export interface ImageForm {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Per channel: (byte / 255 - mean) / deviation. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export interface DatasetDefinition<Config> extends ChoiceDefinition {
  /** The keys that say which images they are; the others say how they are split and shown. */
  readonly source: ChoiceDefinition['keys'];
  outline(config: Config): DatasetOutline;
  /** Known without the dataset's files. */
  form(config: Config): ImageForm;
}
