/** Max pooling: x [batch, h, w, C] -> y [batch, outHeight, outWidth, C]; PyTorch's MaxPool2d without padding. */
import type { MaxPoolCall, MaxPoolGradientCall, WindowGeometry } from '../../compile/program.js';
import type { Real, ReferenceMemory } from './memory.js';
import { emptyResult, finishGradient, readGradient, readInput } from './views.js';

export function maxPool(call: MaxPoolCall, memory: ReferenceMemory): void {
  const C = call.geometry.channels;
  const x = readInput(memory, call.input, C);
  const y = memory.real(call.output);
  forEachLargest(call.geometry, x, (from, to) => {
    y[to] = x[from];
  });
}

export function maxPoolGradient(call: MaxPoolGradientCall, memory: ReferenceMemory): void {
  const { batch, inHeight, inWidth, channels: C } = call.geometry;
  const x = readInput(memory, call.input, C);
  const dy = readGradient(memory, call.gradient, C);
  const dx = emptyResult(memory, batch * inHeight * inWidth * C);
  forEachLargest(call.geometry, x, (from, to) => {
    dx[from] += dy[to];
  });
  finishGradient(memory, call.target, dx, C);
}

/** Every output element with its window's first largest input element, or its last NaN: indices of both. */
function forEachLargest(g: WindowGeometry, x: Real, visit: (from: number, to: number) => void): void {
  const { batch, inHeight, inWidth, outHeight, outWidth, channels: C, size, stride } = g;
  for (let r = 0; r < batch * outHeight * outWidth; r++) {
    const column = (r % outWidth) * stride;
    const row = (Math.floor(r / outWidth) % outHeight) * stride;
    const first = (Math.floor(r / (outWidth * outHeight)) * inHeight + row) * inWidth + column;
    for (let c = 0; c < C; c++) {
      let largest = first * C + c;
      for (let i = 1; i < size * size; i++) {
        const at = (first + Math.floor(i / size) * inWidth + (i % size)) * C + c;
        if (x[at] > x[largest] || Number.isNaN(x[at])) largest = at;
      }
      visit(largest, r * C + c);
    }
  }
}
