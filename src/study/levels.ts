/** Levels as they stand in a configuration. */

import { configurationInput, configurationSchema, resolvedConfiguration } from './configuration.js';
import { getPath, setPath } from './paths.js';
import { check, type Problem } from './problems.js';
import type { LevelValue, RunConfiguration } from './types.js';
import { namedValue, withValues } from './values.js';

/** A configuration with some keys set to levels, by path; or what is wrong with it. */
export function withLevels(
  base: RunConfiguration,
  levels: Readonly<Record<string, unknown>>,
): { readonly configuration: RunConfiguration } | { readonly problems: Problem[] } {
  const { command } = base;
  if (command !== undefined) {
    const values = withValues(command.values, levels);
    return { configuration: { ...base, command: { ...command, values } } };
  }
  const input = configurationInput(base);
  // Whole keys first, then the keys inside them: `network` before `network.width`.
  const paths = Object.keys(levels).sort((a, b) => a.split('.').length - b.split('.').length);
  for (const path of paths) setPath(input, path.split('.'), structuredClone(levels[path]));
  const checked = check(configurationSchema, input);
  if ('problems' in checked) return checked;
  return { configuration: resolvedConfiguration(checked.value) };
}

/**
 * The level at a path of a configuration, as levels are written: scalars, lists, schedules and activations in their
 * resolved form.
 */
export function levelAt(configuration: RunConfiguration, path: string): LevelValue {
  const { command } = configuration;
  if (command !== undefined) return namedValue(command.values, path) ?? null;
  return (getPath(configurationInput(configuration), path.split('.')) ?? null) as LevelValue;
}

/** A written level in the form that equal levels share; maps that stand for a whole part of the file stay as written. */
export function canonicalLevel(configuration: RunConfiguration, path: string, written: unknown): LevelValue {
  if (configuration.command !== undefined) return written as LevelValue;
  const parts = ['dataset', 'network', 'training', 'training.optimizer'];
  return parts.includes(path) ? (written as LevelValue) : levelAt(configuration, path);
}

export { formatLevel } from './format.js';
