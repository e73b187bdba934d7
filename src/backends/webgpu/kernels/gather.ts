/**
 * Images of the batch: bytes [examples, C, H, W] -> cropped, mirrored, normalized [batch, H, W, C]. One thread a pixel.
 * As the first dispatch of a step it also sets out the step's activation codes and clears its flag.
 */
import type { GatherCall } from '../../../compile/program.js';
import { type Dispatch, maxGroups } from '../kernel.js';
import { codeStride, type Places } from '../places.js';
import { headerWords, hyperWords, type StepLayout } from '../stepData.js';
import { declareKernel } from '../wgsl.js';

/** The dataset lies in at most this many buffers. */
export const dataParts = 4;

const gatherKernel = declareKernel({
  key: 'gather',
  uniforms: {
    height: 'u32',
    width: 'u32',
    channels: 'u32',
    batch: 'u32',
    replicas: 'u32',
    partImages: 'u32',
    stepStride: 'u32',
    table: 'u32',
    slots: 'u32',
    vectorStride: 'u32',
  },
  bindings: [
    ...Array.from({ length: dataParts }, (_, i) => ({
      name: `data${i}`,
      access: 'read' as const,
      type: 'u32',
    })),
    { name: 'step', access: 'read', type: 'u32' },
    { name: 'images', access: 'read_write', type: 'f32' },
    { name: 'vectors', access: 'read_write', type: 'f32' },
    { name: 'flags', access: 'read_write', type: 'atomic<u32>' },
  ],
  body: /* wgsl */ `
fn byteAt(part: u32, at: u32) -> u32 {
  var word = 0u;
  switch (part) {
    case 0u: { word = data0[at >> 2u]; }
    case 1u: { word = data1[at >> 2u]; }
    case 2u: { word = data2[at >> 2u]; }
    default: { word = data3[at >> 2u]; }
  }
  return (word >> (8u * (at & 3u))) & 255u;
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_id) id: vec3u) {
  let r = group.z;
  let row = ${headerWords}u + r * u.stepStride;
  if (group.x == 0u && group.y == 0u) {
    for (var slot = id.x; slot < u.slots; slot += 64u) {
      vectors[r * u.vectorStride + ${codeStride}u * slot] = f32(step[row + 3u * u.batch + ${hyperWords}u + slot]);
    }
    if (id.x == 0u) { atomicStore(&flags[r], atomicLoad(&flags[u.replicas + r])); }
  }
  let pixels = u.height * u.width;
  let pixel = 64u * group.x + id.x;
  if (pixel >= pixels) { return; }
  let y = pixel / u.width;
  let x = pixel % u.width;
  for (var n = group.y; n < u.batch; n += grid.y) {
    let index = step[row + n];
    let draw = step[row + u.batch + n];
    let part = index / u.partImages;
    let fromY = y + (draw & 255u) - 128u;
    let mirrored = select(x, u.width - 1u - x, ((draw >> 16u) & 1u) == 1u);
    let fromX = mirrored + ((draw >> 8u) & 255u) - 128u;
    let inside = fromY < u.height && fromX < u.width;
    let first = (index - part * u.partImages) * u.channels * pixels + fromY * u.width + fromX;
    let to = ((r * u.batch + n) * pixels + pixel) * u.channels;
    for (var c = 0u; c < u.channels; c++) {
      var value = 0u;
      if (inside) { value = byteAt(part, first + c * pixels); }
      images[to + c] = select(0.0, bitcast<f32>(step[u.table + 256u * c + value]), n < step[0]);
    }
  }
}
`,
});

export interface GatherPlaces<Ref> {
  readonly data: readonly Ref[];
  readonly step: Ref;
  readonly layout: StepLayout;
  /** Images in each part of the dataset but the last. */
  readonly partImages: number;
}

export function gather<Ref>(
  call: GatherCall,
  input: { readonly height: number; readonly width: number; readonly channels: number },
  places: Places<Ref>,
  own: GatherPlaces<Ref>,
): Dispatch<Ref> {
  const { batch, words, stride, slots } = own.layout;
  return gatherKernel.dispatch(
    [...own.data, own.step, places.buffer(call.output), places.vectors, places.flags],
    {
      ...input,
      batch,
      replicas: places.replicas,
      partImages: own.partImages,
      stepStride: stride,
      table: words,
      slots,
      vectorStride: places.vectorStride,
    },
    [Math.ceil((input.height * input.width) / 64), Math.min(maxGroups, batch), places.replicas],
  );
}
