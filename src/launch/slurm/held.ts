/** Tasks that Slurm itself put back and holds, since a node could not begin them: let go again, a few times. */
import { maxOf } from '../../base/extremes.js';
import { type Slurm, SlurmError } from './commands.js';
import type { ClusterNote } from './events.js';
import type { QueueTask } from './parse.js';

/** How often one command lets a task go: what no node can begin would go on for ever. */
const timesAtMost = 3;
/** Tasks that one call of scontrol names. */
const namesAtMost = 200;

/** `launch failed requeued held`; newer versions write underscores. A hold by a person or by the site's own limit is left to those. */
export function isHeldAfterLaunch({ state, reason }: Pick<QueueTask, 'state' | 'reason'>): boolean {
  return state === 'PENDING' && /^launch[ _]failed[ _]requeued[ _]held$/i.test(reason);
}

/** For the time of a command. */
export class HeldTasks {
  readonly #call: Slurm;
  readonly #times = new Map<string, number>();

  constructor(call: Slurm) {
    this.#call = call;
  }

  /**
   * Lets go of those among the tasks that are held, as often as may be.
   * @param tasks of the study alone
   * @returns what was let go, and what to tell; where Slurm did not do it, the tasks stay as the queue has them
   */
  async letGo(tasks: readonly QueueTask[]): Promise<{ released: QueueTask[]; notes: ClusterNote[] }> {
    const held = tasks.filter((task) => isHeldAfterLaunch(task) && this.#timesOf(task) < timesAtMost);
    const released: QueueTask[] = [];
    for (let from = 0; from < held.length; from += namesAtMost) {
      const some = held.slice(from, from + namesAtMost);
      for (const task of some) this.#times.set(nameOf(task), this.#timesOf(task) + 1);
      try {
        await this.#call('scontrol', ['release', some.map(nameOf).join(',')]);
      } catch (error) {
        if (!(error instanceof SlurmError)) throw error;
        return { released, notes: [...this.#told(released), note(`not released: ${error.said}`)] };
      }
      for (const task of some) released.push(task);
    }
    return { released, notes: this.#told(released) };
  }

  #timesOf(task: QueueTask): number {
    return this.#times.get(nameOf(task)) ?? 0;
  }

  #told(released: readonly QueueTask[]): ClusterNote[] {
    if (released.length === 0) return [];
    const names = released.slice(0, 4).map(nameOf).join(', ');
    const more = released.length > 4 ? ` and ${released.length - 4} more` : '';
    const most = maxOf(released.map((task) => this.#timesOf(task)));
    return [
      note(
        `a node could not begin ${names}${more}, and Slurm held them (${released[0].reason}): released, to begin elsewhere ` +
          `(${most} of ${timesAtMost} times)`,
      ),
    ];
  }
}

const nameOf = ({ job, task }: QueueTask) => `${job}_${task}`;
const note = (text: string): ClusterNote => ({ type: 'cluster-note', text });
