/** Where the partial sums of the gradients lie: in as few buffers as the device's limits allow. */
import type { KernelCall, Program } from '../../compile/program.js';
import type { PartialTensor } from './kernels/update.js';
import type { CallGroup } from './units.js';

export interface PartialRoom {
  /** Elements of one replica. */
  stride: number;
  members: PartialTensor[];
}

/**
 * Rooms are handed out in the order of the calls: first every tensor that is asked for (`place` before `close`), then,
 * with all sizes known, the same places again with their strides. What one dispatch writes lies in one room.
 */
export class PartialRooms {
  readonly rooms: PartialRoom[] = [{ stride: 0, members: [] }];
  readonly #program: Program;
  /** Elements of one replica that a room may have. */
  readonly #most: number;
  /** Parameters whose partial sums must lie in one room. */
  readonly #bundles: readonly (readonly number[])[];
  readonly #wanted = new Map<number, number>();
  readonly #placed = new Map<number, { room: number; offset: number; pieces: number }>();

  constructor(
    program: Program,
    limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number },
    groups: readonly CallGroup[],
  ) {
    this.#bundles = groups.map((group) => group.flatMap(differentiated)).filter(({ length }) => length > 0);
    this.#program = program;
    const bytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    this.#most = Math.floor(bytes / 4 / program.replicas);
  }

  /** Room of a parameter's partial sums [pieces, elements]. */
  place(parameter: number, pieces: number): { room: number; offset: number; stride: number } {
    const placed = this.#placed.get(parameter);
    if (placed === undefined) {
      this.#wanted.set(parameter, pieces);
      return { room: 0, offset: 0, stride: 0 };
    }
    if (placed.pieces !== pieces) throw new Error('partial sums of another number of pieces than planned');
    return { room: placed.room, offset: placed.offset, stride: this.rooms[placed.room].stride };
  }

  /** Lays out what was asked for. */
  close(): void {
    for (const bundle of this.#bundles) {
      const size = bundle.reduce((sum, parameter) => sum + this.#size(parameter), 0);
      let room = this.rooms.findIndex(({ stride }) => stride + size <= this.#most || stride === 0);
      if (room < 0) room = this.rooms.push({ stride: 0, members: [] }) - 1;
      for (const parameter of bundle) this.#put(parameter, room);
    }
  }

  /** Whole quads. */
  #size(parameter: number): number {
    const pieces = this.#wanted.get(parameter);
    if (pieces === undefined) throw new Error('no dispatch writes a gradient that is wanted');
    return Math.ceil((pieces * this.#program.parameters[parameter].elements) / 4) * 4;
  }

  #put(parameter: number, room: number): void {
    const { elements, offset } = this.#program.parameters[parameter];
    const { stride, members } = this.rooms[room];
    const pieces = this.#wanted.get(parameter) ?? 0;
    this.#placed.set(parameter, { room, offset: stride, pieces });
    members.push({ parameter: offset, elements, partials: stride, pieces });
    this.rooms[room].stride += this.#size(parameter);
  }

  /** All tensors, room by room. */
  tensors(): PartialTensor[] {
    return this.rooms.flatMap(({ members }) => members);
  }
}

/** Parameters whose gradients a call writes. */
function differentiated(call: KernelCall): number[] {
  switch (call.kernel) {
    case 'convolutionWeightGradient':
      return [call.weight];
    case 'batchNormGradient':
      return [call.gamma, call.beta];
    case 'biasGradient':
      return [call.bias];
    default:
      return [];
  }
}
