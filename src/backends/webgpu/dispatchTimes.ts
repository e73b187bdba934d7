/**
 * Systems take a GPU away from a process whose dispatch keeps it busy for too long, and it draws no window meanwhile. How
 * long one takes grows with the runs in lockstep, so a Step of several that has a long one is refused before it trains.
 */
import { workError } from '../../base/errors.js';
import { GpuClock } from './clock.js';
import type { WebgpuStep } from './step.js';

/** Milliseconds of a dispatch, at most. */
export const longestDispatch = 50;

/** A first run compiles, moves memory, and finds the clock low: what was too long is timed again. */
const tries = 3;

interface SlowUnit {
  readonly unit: number;
  /** Of one of its dispatches, about. */
  readonly milliseconds: number;
}

/**
 * To be called before the first `writeState`, which writes all that is spoilt here.
 * @throws a work error where a dispatch of a training step of several runs takes longer than so many milliseconds
 */
export async function checkDispatches(
  step: WebgpuStep,
  deviceName: string,
  most: number = longestDispatch,
): Promise<void> {
  const { replicas } = step.program;
  if (replicas === 1) return;
  const slowest = await slowestUnit(step, most);
  if (slowest === null) return;
  const [{ kernel }] = step.plan.train[slowest.unit].dispatches;
  throw workError({
    what: 'with so many runs in lockstep a dispatch keeps this GPU busy for too long',
    where: `${kernel.key}, ${replicas} runs in lockstep, ${deviceName}`,
    rule: `at most ${most} ms: systems take a GPU away from a process that does not share it`,
    value: `${slowest.milliseconds.toFixed(0)} ms`,
    advice: 'train fewer runs in lockstep (--lockstep), or use a smaller training.batchSize or network',
  });
}

/** Of the units with dispatches longer than `most`; `null`: none. */
async function slowestUnit({ engine, plan }: WebgpuStep, most: number): Promise<SlowUnit | null> {
  const clock = new GpuClock(engine.device);
  let slow: SlowUnit[] = plan.train.map((_, unit) => ({ unit, milliseconds: Number.POSITIVE_INFINITY }));
  try {
    for (let round = 0; round < tries && slow.length > 0; round++) {
      const times = await clock.time(
        slow.map(
          ({ unit }) =>
            (pass) =>
              engine.encodeUnit(pass, 'train', unit),
        ),
      );
      slow = slow
        .map(({ unit }, i) => ({ unit, milliseconds: times[i] / plan.train[unit].dispatches.length }))
        .filter(({ milliseconds }) => milliseconds > most);
    }
  } finally {
    clock.destroy();
  }
  return slow.sort((a, b) => b.milliseconds - a.milliseconds)[0] ?? null;
}
