/** Files of hyperparameters beside logs: `hparams.yaml`, `config.yaml`, `.hydra/config.yaml`, `args.json` and the like. */

import { parse } from 'yaml';
import { requestError } from '../../base/errors.js';
import { isPlainObject } from '../../study/paths.js';
import type { LevelValue } from '../../study/types.js';
import { folderOf, type SourceFile } from '../files/source.js';
import { wholeText } from '../files/text.js';
import type { Hyperparameters } from '../formats/format.js';

const NAMES =
  /(^|\/)(\.hydra\/config\.yaml|(hparams|hyperparameters|hyperparams|config|configs|args|params|parameters|opt|flags|settings)\.(ya?ml|json))$/i;

export function isHyperparameterFile(path: string): boolean {
  return NAMES.test(path);
}

/** The folder whose logs a file speaks of: that of `.hydra` is the one above. */
export function folderOfHyperparameters(path: string): string {
  const folder = folderOf(path);
  return folder.replace(/(^|\/)\.hydra$/, '');
}

/** @throws a request error where the file is no YAML or JSON */
export async function readHyperparameters(file: SourceFile): Promise<Hyperparameters> {
  const text = await wholeText(file, 16 * 2 ** 20);
  let data: unknown;
  try {
    data = parse(text, { logLevel: 'error', maxAliasCount: 1000 });
  } catch (cause) {
    throw requestError({
      what: 'a file of hyperparameters cannot be read',
      where: file.path,
      rule: 'YAML or JSON',
      value: cause instanceof Error ? cause.message.split('\n')[0]! : String(cause),
      advice: `mend it, or leave it out: --leave-out '${file.path}'`,
      cause,
    });
  }
  return { from: file.path, values: isPlainObject(data) ? flatten(data) : {} };
}

/** Nested maps by dotted names. What W&B wraps (`{ value: 0.1 }`) is unwrapped; long texts and long lists are no levels. */
export function flatten(data: Record<string, unknown>, prefix = ''): Record<string, LevelValue> {
  const flat: Record<string, LevelValue> = {};
  for (const [name, value] of Object.entries(data)) {
    if (name.startsWith('_') && name !== '_target_') continue;
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const inner =
      isPlainObject(value) && 'value' in value && ('desc' in value || Object.keys(value).length === 1)
        ? value.value
        : value;
    if (isPlainObject(inner)) Object.assign(flat, flatten(inner, path));
    else if (isLevel(inner)) flat[path] = inner as LevelValue;
  }
  return flat;
}

function isLevel(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value === 'string') return value.length <= 60;
  if (Array.isArray(value)) return value.length <= 64 && value.every((one) => typeof one !== 'object');
  return typeof value === 'number' || typeof value === 'boolean';
}

/** Keys that describe where and how a run was executed, and what it was called: no hyperparameters. */
const CIRCUMSTANCE =
  /(^|[._/-])(dir|directory|path|root|folder|file|filename|name|id|uuid|uid|date|time|timestamp|host|hostname|port|devices?|gpus?|cuda|rank|local_rank|world_size|num_workers|workers|n_?jobs|threads|log\w*|save\w*|output\w*|out|checkpoint\w*|ckpt\w*|resume\w*|version|verbose|debug|notes?|tags?|project|entity|group|exp|experiment|run|comment|url|user|username|email|git\w*|commit|pin_memory|print\w*|wandb\w*|tensorboard\w*|dry_run|progress\w*|hparam\w*)$/i;
const NAMED_THING =
  /(^|[._])(optimizer|optim|scheduler|schedule|activation|model|network|arch|dataset|criterion|loss)[._](name|type|_target_|class_path)$/i;

/** `optimizer.name` is the optimizer; `output_dir` is nothing. */
export function hyperparameterName(name: string): string | null {
  if (NAMED_THING.test(name)) return name.replace(/[._](name|type|_target_|class_path)$/i, '');
  return CIRCUMSTANCE.test(name) ? null : name;
}
