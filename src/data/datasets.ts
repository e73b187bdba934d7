/** The datasets that a study file can name: a file in datasets/ each, one line here, and one in node/load.ts. */
import { choiceSchema } from '../base/keys.js';
import type { DatasetConfig } from './config.js';
import { cifar10Definition, cifar100Definition } from './datasets/cifar.js';
import type { DatasetDefinition, DatasetOutline, ImageForm } from './datasets/definition.js';
import { syntheticDefinition } from './datasets/synthetic.js';

const definitions = [cifar100Definition, cifar10Definition, syntheticDefinition] as const;

export type DatasetName = (typeof definitions)[number]['name'];
export const datasetNames: readonly DatasetName[] = definitions.map(({ name }) => name);

/** A study file's `dataset:` key. */
export const datasetSchema = choiceSchema(definitions);

function definitionOf(name: DatasetName): DatasetDefinition<DatasetConfig> {
  return definitions.find((one) => one.name === name) as DatasetDefinition<DatasetConfig>;
}

/** The part of a `dataset:` key that says which images they are, with its defaults. */
export function sourceOf(configuration: { readonly name: DatasetName }): DatasetConfig {
  const { name, ...given } = configuration as Readonly<Record<string, unknown>> & { name: DatasetName };
  const options = Object.entries(definitionOf(name).source).map(([option, schema]) => [
    option,
    given[option] ?? schema.parse(undefined),
  ]);
  return { name, ...Object.fromEntries(options) } as DatasetConfig;
}

/** Classes and sizes, known without the images. */
export function datasetOutline(config: DatasetConfig): DatasetOutline {
  return definitionOf(config.name).outline(config);
}

/** How its images lie and are normalized, known without its files. */
export function imageForm(config: DatasetConfig): ImageForm {
  return definitionOf(config.name).form(config);
}
