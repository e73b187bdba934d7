/** Reading through views, and what follows a gradient: the parts that all kernels share. */
import {
  type GradientTarget,
  type GradientView,
  type InputView,
  rowsPerPiece,
} from '../../compile/program.js';
import type { Real, ReferenceMemory } from './memory.js';

const scratchInput = 0;
const scratchGradient = 1;
const scratchResult = 2;

/** v[r, c] = act(scale[c] * raw[r, c] + shift[c]) for all rows of `raw` [rows, channels]. */
export function readInput(memory: ReferenceMemory, view: InputView, channels: number): Real {
  const raw = memory.real(view.raw);
  const affine = view.affine === null ? null : memory.real(view.affine);
  const { value } = memory.activation(view.slot);
  const values = memory.scratch(scratchInput, raw.length);
  for (let i = 0; i < raw.length; i++) {
    const c = i % channels;
    values[i] = value(affine === null ? raw[i] : affine[c] * raw[i] + affine[channels + c]);
  }
  return values;
}

/** dY[r, c] = a[c] * dz[r, c] + b[c] * raw[r, c] + c[c]. */
export function readGradient(memory: ReferenceMemory, view: GradientView, channels: number): Real {
  const dz = memory.real(view.dz);
  if (view.coefficients === null) return dz;
  const raw = memory.real(view.raw);
  const abc = memory.real(view.coefficients);
  const gradient = memory.scratch(scratchGradient, dz.length);
  for (let i = 0; i < dz.length; i++) {
    const c = i % channels;
    gradient[i] = abc[c] * dz[i] + abc[channels + c] * raw[i] + abc[2 * channels + c];
  }
  return gradient;
}

/** Zeroed room [rows, channels] for dv, the gradient by a target's activated values. */
export function emptyResult(memory: ReferenceMemory, elements: number): Real {
  return memory.scratch(scratchResult, elements).fill(0);
}

/** dz = dv * act'(z), stored; then its sums per piece of 64 rows: [pieces, 2, C], dz and dz * (raw - mean). */
export function finishGradient(
  memory: ReferenceMemory,
  target: GradientTarget,
  dv: Real,
  channels: number,
): void {
  const { view } = target;
  const raw = memory.real(view.raw);
  const affine = view.affine === null ? null : memory.real(view.affine);
  const { derivative } = memory.activation(view.slot);
  const dz = memory.real(target.dz);
  for (let i = 0; i < dz.length; i++) {
    const c = i % channels;
    dz[i] = dv[i] * derivative(affine === null ? raw[i] : affine[c] * raw[i] + affine[channels + c]);
  }
  if (target.sums === null) return;
  const mean = target.saved === null ? null : memory.real(target.saved);
  const sums = memory.real(target.sums);
  forEachPiece(dz.length / channels, (piece, first, end) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      let product = 0;
      for (let r = first; r < end; r++) {
        const i = r * channels + c;
        sum += dz[i];
        if (mean !== null) product += dz[i] * (raw[i] - mean[c]);
      }
      sums[2 * piece * channels + c] = sum;
      sums[(2 * piece + 1) * channels + c] = product;
    }
  });
}

/** Pieces of 64 rows, by the shape alone: rows first .. end - 1. */
export function forEachPiece(rows: number, visit: (piece: number, first: number, end: number) => void): void {
  for (let piece = 0; piece * rowsPerPiece < rows; piece++) {
    visit(piece, piece * rowsPerPiece, Math.min(rows, (piece + 1) * rowsPerPiece));
  }
}
