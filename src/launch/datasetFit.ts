/** Whether a loaded dataset is the one that a configuration describes. */
import { requestError } from '../base/errors.js';
import type { DatasetConfig } from '../data/config.js';
import type { Dataset } from '../data/dataset.js';
import { datasetOutline, sourceOf } from '../data/datasets.js';
import { canonicalJson } from '../study/paths.js';
import type { DatasetConfiguration } from '../study/types.js';

/**
 * A dataset that `loadDataset` gave knows what it was loaded by. Of another one the name and the number of classes are
 * compared, which are all that is known of it.
 * @throws a request error that tells both
 */
export function checkDataset(dataset: Dataset, configuration: DatasetConfiguration): void {
  const wanted = sourceOf(configuration);
  if (dataset.source === undefined) {
    const { classes } = datasetOutline(wanted);
    if (dataset.name === wanted.name && dataset.classes.length === classes) return;
    throw misfit(wanted, `${dataset.name}, ${dataset.classes.length} classes`, `, ${classes} classes`);
  }
  if (canonicalJson(dataset.source) === canonicalJson(wanted)) return;
  throw misfit(wanted, sourceText(dataset.source));
}

function misfit(wanted: DatasetConfig, given: string, more = ''): Error {
  return requestError({
    what: 'this is not the dataset that the configuration describes',
    where: 'dataset',
    rule: `${sourceText(wanted)}${more}`,
    value: given,
    advice: 'load it with loadDataset(configuration.dataset), or describe the other one in the configuration',
  });
}

/** `synthetic, classes 4, train 400`. */
function sourceText({ name, ...options }: DatasetConfig): string {
  return [name, ...Object.entries(options).map(([option, value]) => `${option} ${value}`)].join(', ');
}
