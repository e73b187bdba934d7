/** A study file's `activation:` key: a name, or a name for some blocks. What it means: activations.ts. */
import * as z from 'zod';
import { key } from '../base/keys.js';
import { type ActivationName, activationNames } from './network.js';

const blockList = /^\s*\d{1,6}(\s*-\s*\d{1,6})?(\s*,\s*\d{1,6}(\s*-\s*\d{1,6})?)*\s*$|^all$/;
export const activationSchema = z
  .union([
    z.enum(activationNames),
    z.strictObject({
      name: key(z.enum(activationNames), 'the activation'),
      blocks: key(
        z.union([
          z.string().regex(blockList, { error: 'blocks as 4-10, or 0,2,5-7, a list of indices, or all' }),
          z.int().min(0),
          z.array(z.int().min(0)).min(1),
        ]),
        'the blocks that get it, counted from 0: 4-10',
      ),
      elsewhere: key(z.enum(activationNames).optional(), 'the activation of the stem and the other blocks'),
    }),
  ])
  .transform(canonicalActivation);

interface ActivationInput {
  readonly name: ActivationName;
  readonly blocks: string | number | number[];
  readonly elsewhere?: ActivationName | undefined;
}

/** In the form that equal keys share. */
type ActivationKey =
  | ActivationName
  | { readonly name: ActivationName; readonly blocks: string; readonly elsewhere?: ActivationName };

function canonicalActivation(spec: ActivationInput['name'] | ActivationInput): ActivationKey {
  if (typeof spec === 'string') return spec;
  const { name, blocks, elsewhere = 'relu' } = spec;
  if (name === elsewhere) return name;
  const value = { name, blocks: canonicalBlocks(blocks) };
  return elsewhere === 'relu' ? value : { ...value, elsewhere };
}

/** Sorted, without repeats, neighbours joined: `[4, 5, 6, 9]` -> `4-6,9`. Ranges above 10,000 blocks stay as written. */
function canonicalBlocks(blocks: string | number | readonly number[]): string {
  if (blocks === 'all') return 'all';
  const parts = typeof blocks === 'string' ? blocks.split(',') : [blocks].flat().map(String);
  const chosen = new Set<number>();
  for (const part of parts) {
    const [first, last = first] = part.split('-').map(Number);
    if (last < first || last > 10000) return String(blocks);
    for (let block = first; block <= last; block++) chosen.add(block);
  }
  const ranges: [number, number][] = [];
  for (const block of [...chosen].sort((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open !== undefined && open[1] === block - 1) open[1] = block;
    else ranges.push([block, block]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
