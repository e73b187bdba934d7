/** What the machine can do at most: loops for `ceteris bench`, in a module of their own (dist/wasm/bench-<variant>.wasm). */
import { madd, splat } from './vector';

/**
 * Twelve independent chains of vector multiply-add, enough to hide their latency: 96 floating-point operations in each
 * iteration. The result keeps the optimizer from dropping the loop; factor and addend are arguments because a compiler may
 * build a constant vector anew at each use.
 */
export function multiplyAdd(iterations: i32, factor: f32, addend: f32): f32 {
  const x = splat(factor);
  const y = splat(addend);
  let a0 = splat(0.1), a1 = splat(0.2), a2 = splat(0.3), a3 = splat(0.4);
  let a4 = splat(0.5), a5 = splat(0.6), a6 = splat(0.7), a7 = splat(0.8);
  let a8 = splat(0.9), a9 = splat(1.1), a10 = splat(1.2), a11 = splat(1.3);
  for (let i = 0; i < iterations; i++) {
    a0 = madd(a0, x, y); a1 = madd(a1, x, y); a2 = madd(a2, x, y); a3 = madd(a3, x, y);
    a4 = madd(a4, x, y); a5 = madd(a5, x, y); a6 = madd(a6, x, y); a7 = madd(a7, x, y);
    a8 = madd(a8, x, y); a9 = madd(a9, x, y); a10 = madd(a10, x, y); a11 = madd(a11, x, y);
  }
  const s = f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7)));
  const all = f32x4.add(s, f32x4.add(f32x4.add(a8, a9), f32x4.add(a10, a11)));
  return f32x4.extract_lane(all, 0);
}

/** Reads `bytes` (a multiple of 64) from `from` on, and gives their sum. */
export function read(from: usize, bytes: usize): f32 {
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  const end = from + bytes;
  for (let p = from; p < end; p += 64) {
    a = f32x4.add(a, v128.load(p));
    b = f32x4.add(b, v128.load(p, 16));
    c = f32x4.add(c, v128.load(p, 32));
    d = f32x4.add(d, v128.load(p, 48));
  }
  return f32x4.extract_lane(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), 0);
}

/** Copies `bytes` (a multiple of 64). */
export function copy(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 64) {
    v128.store(to + i, v128.load(from + i));
    v128.store(to + i, v128.load(from + i, 16), 16);
    v128.store(to + i, v128.load(from + i, 32), 32);
    v128.store(to + i, v128.load(from + i, 48), 48);
  }
}
