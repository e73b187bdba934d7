/** Pooling. */
import { AveragePoolArgs, AveragePoolGradientArgs } from './abi';
import { finishColumns, finishLine } from './finish';
import { splat } from './vector';
import { codeOf, gradient, storeFirst, viewed } from './views';

/** Units: images. */
export function averagePool(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<AveragePoolArgs>(args);
  const C = <usize>a.channels;
  const code = codeOf(a.view);
  const share = splat(1 / <f32>(a.size * a.size));
  const height = a.inHeight / a.size;
  const width = a.inWidth / a.size;
  for (let n = from; n < to; n++) {
    for (let p = 0; p < height * width; p++) {
      const y = (p / width) * a.size;
      const x = (p % width) * a.size;
      const out = a.output + ((<usize>(n * height * width + p) * C) << 2);
      for (let c: usize = 0; c < C; c += 4) {
        let sum = splat(0);
        for (let i = 0; i < a.size * a.size; i++) {
          const s = (n * a.inHeight + y + i / a.size) * a.inWidth + x + (i % a.size);
          sum = f32x4.add(sum, viewed(a.view.raw, a.view.affine, code, <usize>s * C + c, c, C));
        }
        storeFirst(out + (c << 2), f32x4.mul(sum, share), <i32>min<usize>(4, C - c));
      }
    }
  }
}

/** Units: groups of images whose input rows are whole pieces. */
export function averagePoolGradient(args: usize, from: i32, to: i32, thread: i32): void {
  const a = changetype<AveragePoolGradientArgs>(args);
  const C = <usize>a.channels;
  const share = splat(1 / <f32>(a.size * a.size));
  const pixels = a.inHeight * a.inWidth;
  const width = a.inWidth / a.size;
  const C4 = (C + 3) & ~3;
  const dv = a.room.base + <usize>thread * a.room.size;
  for (let unit = from; unit < to; unit++) {
    const first = unit * a.group * pixels;
    const last = min((unit + 1) * a.group, a.batch) * pixels;
    for (let r0 = first; r0 < last; r0 += 64) {
      const rows = min(64, last - r0);
      for (let i = 0; i < rows; i++) {
        const s = r0 + i;
        const y = ((s / a.inWidth) % a.inHeight) / a.size;
        const x = (s % a.inWidth) / a.size;
        const r = ((s / pixels) * (a.inHeight / a.size) + y) * width + x;
        for (let c: usize = 0; c < C; c += 4) {
          const d = f32x4.mul(gradient(a.gradient, <usize>r * C + c, c, C), share);
          v128.store(dv + ((<usize>i * C4 + c) << 2), d);
        }
      }
      let c: usize = 0;
      for (; c + 16 <= C; c += 16) finishLine(a.target, dv + (c << 2), 16, 32, 48, C4 << 2, r0, rows, c, C, r0 / 64);
      for (; c < C; c += 4) finishColumns(a.target, dv + (c << 2), C4 << 2, r0, rows, c, C, r0 / 64);
    }
  }
}
