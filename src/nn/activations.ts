/** A study file's `activation:` key -> one activation for each of the network's slots. */
import { requestError } from '../base/errors.js';
import { type ActivationName, activationNames, type Network } from './network.js';

/**
 * One name for every slot, or an activation for some blocks: `4-10`, `0-2,5`, `all` (every block, not the stem), or a
 * list of indices counted from 0. Other blocks and the stem get `elsewhere` (relu).
 */
export type ActivationSpec =
  | ActivationName
  | {
      readonly name: ActivationName;
      readonly blocks: string | number | readonly number[];
      readonly elsewhere?: ActivationName;
    };

/**
 * One activation per slot of the network.
 * @throws a request error for an unknown activation, for blocks that are not written as above, and for blocks that
 * the network does not have
 */
export function activationsFor(network: Network, spec: ActivationSpec): ActivationName[] {
  if (typeof spec === 'string') {
    const name = checkedName(spec, 'activation');
    return network.activationSlots.map(() => name);
  }
  const name = checkedName(spec.name, 'activation.name');
  const elsewhere = checkedName(spec.elsewhere ?? 'relu', 'activation.elsewhere');
  const chosen = new Set(chosenBlocks(network, spec.blocks));
  return network.activationSlots.map(({ block }) =>
    block !== 'stem' && chosen.has(block) ? name : elsewhere,
  );
}

function checkedName(name: string, where: string): ActivationName {
  const known = activationNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw requestError({
    what: 'there is no such activation',
    where,
    rule: `one of ${activationNames.join(', ')}`,
    value: String(name),
  });
}

function chosenBlocks(network: Network, blocks: string | number | readonly number[]): number[] {
  if (blocks === 'all') return Array.from({ length: network.blocks }, (_, i) => i);
  const list =
    typeof blocks === 'string' ? parseBlocks(blocks) : typeof blocks === 'number' ? [blocks] : [...blocks];
  const missing = list.find((block) => !Number.isInteger(block) || block < 0 || block >= network.blocks);
  if (missing !== undefined || list.length === 0) {
    throw requestError({
      what: missing === undefined ? 'no block is named' : 'the network has no such block',
      where: 'activation.blocks',
      rule:
        network.blocks === 0
          ? `${network.name} has no blocks`
          : `blocks of ${network.name}: 0 to ${network.blocks - 1}`,
      value: missing === undefined ? JSON.stringify(blocks) : String(missing),
      advice: 'name existing blocks, as in 4-10, [0, 1], or all',
    });
  }
  return list;
}

function parseBlocks(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const range = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (range === null || last < first) {
      throw requestError({
        what: 'blocks cannot be read',
        where: 'activation.blocks',
        rule: 'a range as 4-10, several with commas, a list of indices, or all',
        value: JSON.stringify(text),
      });
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
