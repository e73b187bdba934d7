/** The parts of a study that have a short and a long form. */
import { canonicalMetric, metricOf } from './metrics.js';
import type { SeedsInput, SelectionInput, StudyFile } from './schema.js';
import type {
  MethodConfiguration,
  MetricConfiguration,
  ResolvedStudy,
  RunSeed,
  SelectionConfiguration,
} from './types.js';

/** `random` without a number draws 20 trials. */
export function resolveMethod(input: StudyFile['method']): MethodConfiguration {
  const { name, trials, seed } =
    typeof input === 'string' ? { name: input, trials: undefined, seed: undefined } : input;
  const count = trials ?? (name === 'random' ? 20 : undefined);
  return { name, ...(count === undefined ? {} : { trials: count, seed: seed ?? 0 }) };
}

/** The metric's own goal unless the file says otherwise. */
export function resolveMetric(input: StudyFile['metric']): MetricConfiguration {
  const { name, goal, at } =
    typeof input === 'string' ? { name: input, goal: undefined, at: 'last' as const } : input;
  return { name, goal: goal ?? metricOf(name).goal, at };
}

/** The same of a command's metric: `valid/accuracy` is validAccuracy, and other names stay. */
export function resolveOwnMetric(input: StudyFile['metric']): MetricConfiguration {
  const metric = resolveMetric(input);
  const name = canonicalMetric(metric.name);
  const given = typeof input === 'string' ? undefined : input.goal;
  return { ...metric, name, goal: given ?? metricOf(name).goal };
}

/** `5` -> 0 to 4; a list; or one stream that varies while the other is held. */
export function resolveSeeds(input: SeedsInput): Pick<ResolvedStudy, 'seeds' | 'seedStreams'> {
  if (typeof input === 'number') return resolveSeeds(Array.from({ length: input }, (_, i) => i));
  if (Array.isArray(input)) {
    return { seedStreams: 'all', seeds: input.map((seed) => ({ label: seed, data: seed, initial: seed })) };
  }
  const { data, initial } = input;
  if (Array.isArray(data)) {
    const held = Array.isArray(initial) ? initial[0] : initial;
    return {
      seedStreams: 'data',
      seeds: data.map((seed): RunSeed => ({ label: seed, data: seed, initial: held })),
    };
  }
  const varied = Array.isArray(initial) ? initial : [initial];
  return {
    seedStreams: 'initial',
    seeds: varied.map((seed): RunSeed => ({ label: seed, data, initial: seed })),
  };
}

/** First seed of a search that gives only the number of its seeds: far from those that studies count from 0. */
const firstSearchSeed = 1000;

/** The search has the study's metric unless it declares its own; its seeds vary the same streams as the study's. */
export function resolveSelection(
  input: SelectionInput | undefined,
  metric: MetricConfiguration,
  { seeds, seedStreams }: Pick<ResolvedStudy, 'seeds' | 'seedStreams'>,
  resolve: (input: StudyFile['metric']) => MetricConfiguration = resolveMetric,
): SelectionConfiguration {
  const asked = input?.seeds ?? 1;
  const labels =
    typeof asked === 'number' ? Array.from({ length: asked }, (_, i) => firstSearchSeed + i) : asked;
  const [held] = seeds;
  return {
    metric: input?.metric === undefined ? metric : resolve(input.metric),
    seeds: labels.map((label) => ({
      label,
      data: seedStreams === 'initial' ? held.data : label,
      initial: seedStreams === 'data' ? held.initial : label,
    })),
  };
}
