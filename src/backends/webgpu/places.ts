/** Where a kernel finds what a call of the Program names. */
import type { BufferId } from '../../compile/program.js';

/** The offset of a vector or code that a call does not have. */
export const none = 0xffff_ffff;

/** Elements between neighbouring codes in `vectors`, which begins with them: each is the first of a quad. */
export const codeStride = 4;

/**
 * Activations, their gradients and their partial sums are buffers of their own, stacked: replica r begins at
 * r * elements. What is small lies together: the activations' codes, affine, saved and coefficients of every stage and the
 * running statistics in `vectors`, all weights in `parameters`, partial sums of the gradients by them in `partials`.
 */
export interface Places<Ref> {
  readonly replicas: number;
  /** A stacked buffer of the Program that is no small vector. */
  buffer(id: BufferId): Ref;
  /** Statistics or sums per piece of 64 rows; null: they are not wanted. */
  sums(id: BufferId | null): SumsPlace<Ref>;
  readonly vectors: Ref;
  /** Elements of one replica. */
  readonly vectorStride: number;
  /** Offset of an affine, saved or coefficients buffer in a replica's vectors; `none` for null. */
  vector(id: BufferId | null): number;
  /** Offset of an activation slot's code (index into activationNames, as a float) in a replica's vectors; `none` for null. */
  code(slot: number | null): number;
  /** Offset of a running statistic in a replica's vectors. */
  statistic(index: number): number;
  readonly parameters: Ref;
  readonly parameterStride: number;
  /** Offset of a tensor in a replica's parameters. */
  parameter(index: number): number;
  /** Where the products of a pointwise convolution are made in halves in training, the bounds of their factors; null: in float32. */
  halves(weight: number): HalfPlace | null;
  /** Room for the partial sums [pieces, elements] of the gradient by a parameter: made at the first call, by name. */
  partials(parameter: number, pieces: number): Partials<Ref>;
  /** atomic<u32> [2 * replicas]: r: something of this step was not finite; replicas + r: so are its weights. */
  readonly flags: Ref;
  /** 16 bytes, for a binding that a call does not use. */
  readonly dummyRead: Ref;
  /** The same for bindings that are written; each binding of a dispatch takes another one (0, 1, ...). */
  dummyWrite(i: number): Ref;
}

export interface SumsPlace<Ref> {
  readonly ref: Ref;
  /** Element [piece, part, channel] of replica r is at offset + (r * pieces + piece) * 2 * channels + ...; `none`: not wanted. */
  readonly offset: number;
  /** Where the largest |dz| of each channel are kept beside them, and what is made of them; null: nobody asks. */
  readonly largest: LargestPlace | null;
}

export interface LargestPlace {
  /** Element [slot, channel] of replica r is at offset + (r * slots + slot) * channels + channel. */
  readonly offset: number;
  readonly slots: number;
  readonly bounds: BoundsPlace;
}

/** Numbers in a replica's vectors, none of which the absolute value of an element exceeds; their count is a multiple of 4. */
export interface BoundsPlace {
  readonly offset: number;
  readonly count: number;
}

/** Bounds of the factors of a pointwise convolution's products: they are made in halves. */
export interface HalfPlace {
  readonly weight: BoundsPlace;
  readonly view: BoundsPlace;
  readonly gradient: BoundsPlace;
}

export interface Partials<Ref> {
  readonly ref: Ref;
  /** Element [piece, i] of replica r is at r * stride + offset + piece * elements + i. */
  readonly offset: number;
  readonly stride: number;
}
