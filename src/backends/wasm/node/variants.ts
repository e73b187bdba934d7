/** The variants of the kernels: what this machine and this Node have, and the tiles that suit them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { KernelShape } from '../memory.js';

/**
 * plain: multiply, then add; relaxed: multiply-add as the machine has it; wide: the same in pairs of vectors that V8
 * joins to 256 bits (its revectorizer, an experiment of V8's).
 */
export type Variant = 'plain' | 'relaxed' | 'wide';

/** A module of one function that does a relaxed_madd. */
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0,
  253, 17, 65, 0, 253, 17, 253, 133, 2, 11,
]);

/** Relaxed SIMD where this Node has it: from 22 on by itself, before with a flag that works until the module compiles. */
export function probeVariant(): 'plain' | 'relaxed' {
  if (WebAssembly.validate(relaxedProbe)) return 'relaxed';
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedProbe) ? 'relaxed' : 'plain';
}

export const nodeMajor = Number.parseInt(process.versions.node, 10);

/** Compiled modules; V8 keeps one compiled form of equal bytes for all threads, as long as one of them is there. */
const modules = new Map<Variant, WebAssembly.Module>();

/** Compiles a variant; `wide` turns V8's revectorizer on, for this process, before it does. */
export function compileKernels(variant: Variant): WebAssembly.Module {
  if (variant === 'wide') useRevectorizer(true);
  const known = modules.get(variant);
  if (known !== undefined) return known;
  const path = createRequire(import.meta.url).resolve(`#dist/wasm/${variant}.wasm`);
  const module = new WebAssembly.Module(readFileSync(path));
  modules.set(variant, module);
  return module;
}

/** Functions that V8 optimizes while this is on have their pairs of vectors joined. */
export function useRevectorizer(on: boolean): void {
  setFlagsFromString(on ? '--experimental-wasm-revectorize' : '--no-experimental-wasm-revectorize');
}

/** Six rows of 128-bit vectors spill registers before Node 24 (V8 13); no result depends on it. */
export function shapeOf(variant: Variant, threads = 1): KernelShape {
  const units = 4 * threads;
  if (variant === 'wide') return { panel: 16, tile: 6, units };
  return { panel: 8, units, tile: variant === 'relaxed' && nodeMajor >= 24 ? 6 : 4 };
}
