/** `--set key=value`: overrides in the text of a study, before it is validated. */
import { parseDocument } from 'yaml';
import { requestError } from '../base/errors.js';
import { baselineKeys } from './configuration.js';
import { isPlainObject, type PlainObject, setPath } from './paths.js';
import { firstTrap } from './yamlTraps.js';

const factorKeys = ['values', 'min', 'max', 'distribution', 'role'];

/** A key that `--set` has set. */
export interface Override {
  /** Where the study keeps it, as errors name it: `factors.training.batchSize`. */
  readonly path: string;
  readonly setting: string;
}

/**
 * Sets keys of a study's plain data in place.
 * @param settings each `key=value`: the key with dots, the value any YAML
 * @returns what was set, in order
 * @throws a request error where a setting is not of this form, its key cannot be reached, or a later one replaces it
 */
export function applyOverrides(root: PlainObject, settings: readonly string[]): Override[] {
  const done: Override[] = [];
  for (const setting of settings) {
    const split = setting.indexOf('=');
    const name = setting.slice(0, Math.max(0, split)).trim();
    if (name === '') {
      throw refused(setting, 'it is no key=value', 'write it as --set training.epochs=5');
    }
    const value = yamlValue(setting, setting.slice(split + 1));
    if (Object.hasOwn(baselineKeys, name)) {
      throw refused(
        setting,
        `${name} is a key of baseline`,
        `write --set baseline.${name}=..., or factors.${name}=[...]`,
      );
    }
    const path = filePath(root, name);
    const override = { path: path.join('.'), setting };
    const replaced = done.find((one) => holds(override.path, one.path));
    if (replaced !== undefined) {
      throw refused(setting, `it replaces ${replaced.setting}, which was given before it`, 'give only one');
    }
    if (!setPath(root, path, value)) {
      throw refused(
        setting,
        'something on the way to this key is no map',
        'set the key that holds it instead',
      );
    }
    done.push(override);
  }
  return done;
}

/** Whether a key is the other one or holds it. */
export function holds(path: string, other: string): boolean {
  return other === path || other.startsWith(`${path}.`);
}

/** A factor's name is a path itself: `factors.training.batchSize` is one key of `factors`. */
function filePath(root: PlainObject, name: string): string[] {
  const path = name.split('.');
  if (path[0] !== 'factors' || path.length < 3) return path;
  const inner = path.slice(1);
  const last = inner[inner.length - 1];
  const factor = inner.slice(0, -1).join('.');
  const { factors } = root;
  const existing = isPlainObject(factors) && isPlainObject(factors[factor]);
  if (factorKeys.includes(last) && existing) return ['factors', factor, last];
  return ['factors', inner.join('.')];
}

function yamlValue(setting: string, text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    throw refused(setting, 'its value is no YAML', 'quote the whole setting for the shell', error);
  }
  const trap = firstTrap(document, text, setting.trimStart().startsWith('factors'));
  if (trap !== null) {
    const { what, advice = '' } = trap.details;
    throw refused(setting, `${what}, ${trap.details.value}`, advice);
  }
  return document.toJS() as unknown;
}

function refused(setting: string, why: string, advice: string, cause?: unknown): Error {
  return requestError({
    what: `--set cannot be applied: ${why}`,
    where: '--set',
    value: setting,
    advice,
    cause,
  });
}
