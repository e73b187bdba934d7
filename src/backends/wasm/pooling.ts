/** Pooling -> kernel calls. */
import type { KernelCall, PoolGeometry } from '../../compile/program.js';
import type { Emitter } from './emitter.js';
import { imagesPerUnit } from './pieces.js';

export type PoolingCall = Extract<KernelCall, { geometry: PoolGeometry }>;

const emitters: {
  readonly [K in PoolingCall['kernel']]: (emit: Emitter, call: Extract<PoolingCall, { kernel: K }>) => void;
} = {
  averagePool(emit, call) {
    const args = { ...call.geometry, view: emit.view(call.input), output: emit.buffer(call.output) };
    emit.push('averagePool', args, call.geometry.batch, 4);
  },

  averagePoolGradient(emit, call) {
    const { group, units } = unitsOf(call.geometry);
    const args = {
      ...call.geometry,
      gradient: emit.gradientView(call.gradient),
      target: emit.target(call.target),
      group,
      room: emit.room(call),
    };
    emit.push('averagePoolGradient', args, units);
  },

  maxPool(emit, call) {
    const args = { ...call.geometry, view: emit.view(call.input), output: emit.buffer(call.output) };
    emit.push('maxPool', args, call.geometry.batch, 4);
  },

  maxPoolGradient(emit, call) {
    const { group, units } = unitsOf(call.geometry);
    const args = {
      ...call.geometry,
      view: emit.view(call.input),
      gradient: emit.gradientView(call.gradient),
      target: emit.target(call.target),
      group,
      room: emit.room(call),
    };
    emit.push('maxPoolGradient', args, units);
  },
};

export function emitPooling(emit: Emitter, call: PoolingCall): void {
  (emitters[call.kernel] as (emit: Emitter, call: PoolingCall) => void)(emit, call);
}

/** Images of a unit of a gradient, and units. */
function unitsOf({ batch, inHeight, inWidth }: PoolGeometry): { group: number; units: number } {
  const group = imagesPerUnit(inHeight * inWidth, batch);
  return { group, units: Math.ceil(batch / group) };
}
