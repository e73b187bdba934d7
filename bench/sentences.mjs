/** What the documents say of speed, made from what was measured: one run of bench:page corrects them all. Pure. */
import { isBest, isNarrowed, isNewest } from './targets.mjs';

const ms = ({ median }) => `${median.toFixed(0)} ms`;
const times = ({ median }) => median.toFixed(2);
const nodeOf = (name) => name.replace('ceteris, ', '');

/** README: our step beside PyTorch's, on the newest Node and on the oldest. */
export function speedText({ machine, threads, sides, ratios }) {
  const ours = sides.filter(({ name }) => name.startsWith('ceteris') && !isNarrowed(name));
  const newest = ours.filter(({ name }) => isNewest(name)).at(-1) ?? ours[0];
  const others = ours.filter((side) => side !== newest);
  const [peer] = sides.filter(({ name }) => name.startsWith('PyTorch') && isBest(name));
  const ratioOf = (side, kind) =>
    times(ratios.find((one) => one.name === side.name && one.peer === peer.name)[kind]);
  const each = (kind) =>
    [newest, ...others]
      .map((side) => `${ms(side[kind])} on ${nodeOf(side.name)} (${ratioOf(side, kind)} times PyTorch's)`)
      .join(', ');
  const vectors = machine.vectors === null ? '' : `, ${machine.vectors}`;
  return [
    `A training step of MobileNet at full width, batch 128, on ${threads} threads takes ${each('train')}; PyTorch ${peer.kernels.split(' ')[1]} at`,
    `its best (channels-last, its memory kept between steps) takes ${ms(peer.train)}. An evaluation step takes ${each('evaluate')},`,
    `PyTorch's ${ms(peer.evaluate)}. Measured on ${machine.cpu}${vectors}, by \`npm run bench:page\`: docs/performance.md.`,
  ].join('\n');
}

/** docs/performance.md: where the rest of a step is. */
export function restText(step, kernels) {
  const { train } = step.byKernel;
  const sum = (fits) =>
    Object.entries(train)
      .filter(([name]) => fits(name))
      .reduce((total, [, one]) => total + one, 0);
  const products = sum((name) => name.startsWith('dense'));
  const depthwise = sum((name) => name.startsWith('depthwise'));
  const all = sum(() => true);
  const shares = (shape) => {
    const found = kernels.rows
      .filter((row) => row.kernel.startsWith('dense') && row.shape === shape)
      .map((row) => 100 * row.shareOfLimit)
      .sort((a, b) => a - b);
    return `${found[0].toFixed(0)} to ${found.at(-1).toFixed(0)}%`;
  };
  return [
    `In the tables above the products take ${products.toFixed(0)} of the ${all.toFixed(0)} ms that a training step's kernels take, depthwise convolutions`,
    `${depthwise.toFixed(0)}, all else ${(all - products - depthwise).toFixed(0)}. Products of 512 channels run at ${shares('4x4x512 -> 512')} of the multiply-add peak, those of the first pointwise layer`,
    `(32x32 images, 32 to 64 channels) at ${shares('32x32x32 -> 64')}: its tiles are short (32 or 64 steps), and it moves 50 to 120 MB a call.`,
  ].join('\n');
}

/** ARCHITECTURE.md: the speed of the matrix products. */
export function productsText({ rows, threads, node, kernels }) {
  const [largest] = rows.filter((row) => row.kernel === 'denseForward' && row.shape === '4x4x512 -> 512');
  return `This engine's matrix products run at ${(largest.gflops / threads).toFixed(0)} GFLOPS on a core (512 channels, ${kernels} kernels, Node ${node}; \`npm run bench:page\`).`;
}
