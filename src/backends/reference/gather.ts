/** Images of the batch: bytes [examples, C, H, W] -> cropped, mirrored, normalized [batch, H, W, C]. */
import type { GatherCall } from '../../compile/program.js';
import type { ReferenceMemory } from './memory.js';

/** Padding is byte 0, before normalization; masked examples are all zero. */
export function gather(call: GatherCall, memory: ReferenceMemory): void {
  const { source, plan, count } = memory.input;
  const { pixels, channels, height, width, mean, deviation } = source;
  const images = memory.real(call.output).fill(0);
  let i = 0;
  for (let n = 0; n < count; n++) {
    const image = plan.indices[n] * channels * height * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const fromY = y + plan.shiftY[n];
        const fromX = (plan.flip[n] === 1 ? width - 1 - x : x) + plan.shiftX[n];
        const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
        for (let c = 0; c < channels; c++) {
          const byte = inside ? pixels[image + (c * height + fromY) * width + fromX] : 0;
          images[i++] = (byte / 255 - mean[c]) / deviation[c];
        }
      }
    }
  }
}
