/** Where the partial sums of the gradients lie: in as few buffers as the device's limits allow. */
import type { Program } from '../../compile/program.js';
import type { PartialTensor } from './kernels/update.js';

export interface PartialRoom {
  /** Elements of one replica. */
  stride: number;
  members: PartialTensor[];
}

/**
 * Rooms are handed out in the order of the calls: first every tensor that is asked for (`place` before `close`), then,
 * with all sizes known, the same places again with their strides. Vectors lie in the first room, so that gradients of
 * gamma and beta, which one kernel writes, lie together.
 */
export class PartialRooms {
  readonly rooms: PartialRoom[] = [{ stride: 0, members: [] }];
  readonly #program: Program;
  /** Elements of one replica that a room may have. */
  readonly #most: number;
  readonly #wanted = new Map<number, number>();
  readonly #placed = new Map<number, { room: number; offset: number; pieces: number }>();

  constructor(
    program: Program,
    limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number },
  ) {
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
    const isMatrix = (parameter: number) => Number(this.#program.parameters[parameter].shape.length > 1);
    const wanted = [...this.#wanted].sort(([a], [b]) => isMatrix(a) - isMatrix(b) || a - b);
    for (const [parameter, pieces] of wanted) {
      const { elements, offset: at } = this.#program.parameters[parameter];
      const size = Math.ceil((pieces * elements) / 4) * 4;
      let room = this.rooms.findIndex(({ stride }) => stride + size <= this.#most || stride === 0);
      if (room < 0) room = this.rooms.push({ stride: 0, members: [] }) - 1;
      const { stride, members } = this.rooms[room];
      this.#placed.set(parameter, { room, offset: stride, pieces });
      members.push({ parameter: at, elements, partials: stride, pieces });
      this.rooms[room].stride += size;
    }
  }

  /** All tensors, room by room. */
  tensors(): PartialTensor[] {
    return this.rooms.flatMap(({ members }) => members);
  }
}
