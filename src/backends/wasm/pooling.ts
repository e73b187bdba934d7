/** Pooling -> kernel calls. */
import type { AveragePoolCall, AveragePoolGradientCall } from '../../compile/program.js';
import type { Emitter } from './emitter.js';
import { imagesPerUnit } from './pieces.js';

export function emitAveragePool(emit: Emitter, call: AveragePoolCall): void {
  const args = { ...call.geometry, view: emit.view(call.input), output: emit.buffer(call.output) };
  emit.push('averagePool', args, call.geometry.batch, 4);
}

export function emitAveragePoolGradient(emit: Emitter, call: AveragePoolGradientCall): void {
  const { batch, inHeight, inWidth } = call.geometry;
  const group = imagesPerUnit(inHeight * inWidth, batch);
  const args = {
    ...call.geometry,
    gradient: emit.gradientView(call.gradient),
    target: emit.target(call.target),
    group,
    room: emit.room(call),
  };
  emit.push('averagePoolGradient', args, Math.ceil(batch / group));
}
