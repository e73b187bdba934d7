/** Average pooling: x [batch, h, w, C] -> y [batch, h/size, w/size, C]. */
import type { AveragePoolCall, AveragePoolGradientCall, PoolGeometry } from '../../compile/program.js';
import type { ReferenceMemory } from './memory.js';
import { emptyResult, finishGradient, readGradient, readInput } from './views.js';

export function averagePool(call: AveragePoolCall, memory: ReferenceMemory): void {
  const { channels: C, size } = call.geometry;
  const x = readInput(memory, call.input, C);
  const y = memory.real(call.output);
  forEachWindow(call.geometry, (r, rows) => {
    for (let c = 0; c < C; c++) {
      let sum = 0;
      for (const s of rows) sum += x[s * C + c];
      y[r * C + c] = sum / size ** 2;
    }
  });
}

export function averagePoolGradient(call: AveragePoolGradientCall, memory: ReferenceMemory): void {
  const { batch, inHeight, inWidth, channels: C, size } = call.geometry;
  const dy = readGradient(memory, call.gradient, C);
  const dx = emptyResult(memory, batch * inHeight * inWidth * C);
  forEachWindow(call.geometry, (r, rows) => {
    for (const s of rows) {
      for (let c = 0; c < C; c++) dx[s * C + c] = dy[r * C + c] / size ** 2;
    }
  });
  finishGradient(memory, call.target, dx, C);
}

/** Every output row r with the input rows of its window. */
function forEachWindow(geometry: PoolGeometry, visit: (r: number, rows: readonly number[]) => void): void {
  const { batch, inHeight, inWidth, size } = geometry;
  const height = inHeight / size;
  const width = inWidth / size;
  for (let r = 0; r < batch * height * width; r++) {
    const x = (r % width) * size;
    const y = (Math.floor(r / width) % height) * size;
    const n = Math.floor(r / (width * height));
    const rows = Array.from(
      { length: size * size },
      (_, i) => (n * inHeight + y + Math.floor(i / size)) * inWidth + x + (i % size),
    );
    visit(r, rows);
  }
}
