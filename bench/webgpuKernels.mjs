/**
 * Times the WebGPU kernels of convolutions over their tiles, at the shapes of MobileNet, on the adapter at hand:
 * TFLOPS and TB/s of each, the best tile, and whether all tiles give the same bits. After `npm run build`:
 *   node bench/webgpuKernels.mjs [--replicas 1,7,21] [--only forward,data,weight,depthwise,thin] [--width 1] [--batch 128]
 *     [--seconds 600] [--tiny]
 * --tiny: small shapes, one tile, to prove the script on a software adapter.
 */
import { parseArgs } from 'node:util';
import { create, globals } from 'webgpu';
import {
  depthwiseBackwardDispatch,
  depthwiseForwardDispatch,
  depthwisePieces,
  depthwiseTiles,
} from '#dist/backends/webgpu/kernels/depthwisePlan.js';
import {
  dataGradientDispatch,
  forwardDispatch,
  weightGradientDispatch,
  weightPieces,
} from '#dist/backends/webgpu/kernels/products.js';
import { thinForwardDispatch, thinPieces, thinWeightDispatch } from '#dist/backends/webgpu/kernels/thin.js';
import { productTiles, tileName, tileOf, weightTiles } from '#dist/backends/webgpu/kernels/tiles.js';
import {
  dataGradientWork,
  depthwiseBackwardWork,
  forwardWork,
  weightGradientWork,
} from '#dist/backends/webgpu/kernels/work.js';

Object.assign(globalThis, globals);
const { values: options } = parseArgs({
  options: {
    replicas: { type: 'string', default: '1,7,21' },
    only: { type: 'string', default: 'forward,data,weight,depthwise,thin' },
    width: { type: 'string', default: '1' },
    batch: { type: 'string' },
    seconds: { type: 'string', default: '600' },
    tiny: { type: 'boolean', default: false },
  },
});
const { tiny } = options;
const batch = Number(options.batch ?? (tiny ? 2 : 128));
const width = tiny ? 0.25 : Number(options.width);
const replicaCounts = tiny ? [1, 2] : options.replicas.split(',').map(Number);
const kinds = options.only.split(',');
const started = performance.now();
const timeIsUp = () => performance.now() - started > 1000 * Number(options.seconds);

// Dawn crashes when what create() returns is collected.
const gpu = create([
  'enable-dawn-features=allow_unsafe_apis',
  'disable-dawn-features=timestamp_quantization',
]);
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
if (adapter === null) throw new Error('no WebGPU adapter');
const timestamps = adapter.features.has('timestamp-query');
const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
const device = await adapter.requestDevice({
  requiredFeatures: timestamps ? ['timestamp-query'] : [],
  requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
});
device.addEventListener('uncapturederror', ({ error }) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
const { vendor, architecture, description } = adapter.info;
console.log(
  `${vendor} ${architecture} ${description}; ${timestamps ? 'timestamps' : 'wall time'}; batch ${batch}, width ${width}`,
);

/** Blocks of MobileNet for 32x32: output channels, stride. */
const blocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

function geometries() {
  const scaled = (channels) => Math.max(8, Math.round(channels * width));
  const convolution = (size, inChannels, outChannels, kernel, stride, depthwise) => ({
    batch,
    inHeight: size,
    inWidth: size,
    inChannels,
    outHeight: size / stride,
    outWidth: size / stride,
    outChannels,
    kernelHeight: kernel,
    kernelWidth: kernel,
    stride,
    padding: kernel === 3 ? 1 : 0,
    depthwise,
  });
  const pointwise = new Map();
  const depthwise = new Map();
  let size = 32;
  let channels = scaled(32);
  for (const [out, stride] of blocks) {
    depthwise.set(`${size} ${channels} ${stride}`, convolution(size, channels, channels, 3, stride, true));
    size /= stride;
    pointwise.set(
      `${size} ${channels} ${scaled(out)}`,
      convolution(size, channels, scaled(out), 1, 1, false),
    );
    channels = scaled(out);
  }
  const all = {
    pointwise: [...pointwise.values()],
    depthwise: [...depthwise.values()],
    thin: [convolution(32, 3, scaled(32), 3, 1, false)],
  };
  return tiny
    ? { pointwise: all.pointwise.slice(3, 5), depthwise: all.depthwise.slice(3, 5), thin: all.thin }
    : all;
}

const inRows = (g) => g.batch * g.inHeight * g.inWidth;
const outRows = (g) => g.batch * g.outHeight * g.outWidth;
const filterElements = (g) =>
  g.outChannels * (g.depthwise ? 1 : g.inChannels) * g.kernelHeight * g.kernelWidth;
const up4 = (n) => Math.ceil(n / 4) * 4;

/** Elements of a replica in each array that a kernel may bind, and the uniforms' offsets. */
function layout(g, replicas, pieces) {
  const vectorStride = up4(2 * g.inChannels) * 2 + up4(3 * g.outChannels);
  const view =
    g.inChannels === 3 ? {} : { inputAffine: 0, targetAffine: 0, saved: up4(2 * g.inChannels), slot: 0 };
  const places = {
    replicas,
    weightOffset: 0,
    parameterStride: up4(filterElements(g)),
    vectorStride,
    partialStride: up4(pieces * filterElements(g)),
    partialOffset: 0,
    coefficients: up4(2 * g.inChannels) * 2,
    sums: true,
    ...view,
  };
  const elements = {
    xs: inRows(g) * g.inChannels,
    targetRaw: inRows(g) * g.inChannels,
    dz: outRows(g) * g.outChannels,
    raw: outRows(g) * g.outChannels,
    vectors: vectorStride,
    flags: 2,
    parameters: up4(filterElements(g)),
  };
  const outputs = {
    forward: { output: outRows(g) * g.outChannels, sums: Math.ceil(outRows(g) / 64) * 2 * g.outChannels },
    data: { output: inRows(g) * g.inChannels, sums: Math.ceil(inRows(g) / 64) * 2 * g.inChannels },
    weight: { output: up4(pieces * filterElements(g)) },
    backward: {
      output: inRows(g) * g.inChannels,
      sums: Math.ceil(inRows(g) / 64) * 2 * g.inChannels,
      partials: up4(pieces * filterElements(g)),
    },
  };
  return { places, elements, outputs };
}

const tilesOf = (tiles) => (tiny ? [{ ...tiles[tiles.length - 1], unroll: 1, open: false }] : tiles);
const variants = [
  '64x128x16 8x8 u4',
  '64x128x16 8x8 u1',
  '64x128x16 8x8 l16',
  '64x128x16 8x8 compact',
  '64x128x8 8x8 u8',
  '64x64x16 4x4 l16',
  '128x64x16 8x4 l16',
].map(tileOf);
const weightVariants = ['64x64x16 8x8 u4', '64x64x16 8x8 u1', '64x64x16 8x8 compact', '128x128x16 8x8'].map(
  tileOf,
);
const fitting = (g, tiles) =>
  tilesOf(tiles).filter(({ columns }) => tiny || columns <= Math.max(32, 2 * g.outChannels));

/** Every measurement: a title, its work, and candidates { name, dispatch }. */
function measurements(replicas) {
  const { pointwise, depthwise, thin } = geometries();
  const list = [];
  const add = (kind, pass, g, pieces, work, candidates) => {
    const { places, elements, outputs } = layout(g, replicas, pieces);
    const title = `${kind === 'depthwise' ? 'depthwise ' : kind === 'thin' ? 'first ' : ''}${pass} R=${replicas} ${
      kind === 'depthwise'
        ? `${g.inHeight}x${g.inWidth}x${g.inChannels} stride ${g.stride}`
        : `M=${outRows(g)} K=${g.inChannels} N=${g.outChannels}`
    }${pass === 'weight' ? ` P=${pieces}` : ''}`;
    list.push({ title, replicas, work, elements, outputs: outputs[pass], candidates: candidates(places) });
  };
  // The first tile also without the code of curved activations, to see what it costs where it does not run.
  const named = (tiles, make) => {
    const list = tiles.map((tile) => ({ name: tileName(tile), dispatch: make(tile) }));
    const [{ name, dispatch }] = list;
    const { key, code } = dispatch.kernel;
    const flat = {
      key: `${key} flat`,
      code: code.replace('isCurved = tableSlope > 1.5', 'isCurved = false'),
    };
    return tiny ? list : [...list, { name: `${name} flat`, dispatch: { ...dispatch, kernel: flat } }];
  };
  for (const g of pointwise) {
    const tiles = tiny ? tilesOf(productTiles) : [...productTiles, ...variants];
    const turned = { ...g, outChannels: g.inChannels };
    if (kinds.includes('forward'))
      add('', 'forward', g, 1, forwardWork(g), (p) =>
        named(fitting(g, tiles), (t) => forwardDispatch(g, p, t)),
      );
    if (kinds.includes('data'))
      add('', 'data', g, 1, dataGradientWork(g), (p) =>
        named(fitting(turned, tiles), (t) => dataGradientDispatch(g, p, t)),
      );
    if (kinds.includes('weight')) {
      const pieces = weightPieces(g);
      const some = tiny ? tilesOf(weightTiles) : [...weightTiles, ...weightVariants];
      add('', 'weight', g, pieces, weightGradientWork(g, pieces), (p) =>
        named(some, (t) => weightGradientDispatch(g, p, t)),
      );
    }
  }
  if (kinds.includes('depthwise')) {
    const tiles = tiny ? depthwiseTiles.slice(0, 1) : depthwiseTiles;
    const each = (make) =>
      tiles.map((t) => ({ name: `strip ${t.strip} lanes ${t.lanes} pieces ${t.pieces}`, dispatch: make(t) }));
    for (const g of depthwise) {
      const pieces = depthwisePieces(g);
      add('depthwise', 'forward', g, 1, forwardWork(g), (p) =>
        each((t) => depthwiseForwardDispatch(g, p, t)),
      );
      add('depthwise', 'backward', g, pieces, depthwiseBackwardWork(g, pieces), (p) =>
        each((t) => depthwiseBackwardDispatch(g, p, t)),
      );
    }
  }
  if (kinds.includes('thin')) {
    for (const g of thin) {
      add('thin', 'forward', g, 1, forwardWork(g), (p) => [
        { name: '64x32', dispatch: thinForwardDispatch(g, p) },
      ]);
      add('thin', 'weight', g, thinPieces(g), weightGradientWork(g, thinPieces(g)), (p) => [
        { name: '64 rows', dispatch: thinWeightDispatch(g, p) },
      ]);
    }
  }
  return list;
}

const pipelines = new Map();
/** All of them at once: the driver compiles on several threads. */
async function compile(kernels) {
  const begun = performance.now();
  const missing = [
    ...new Map(
      kernels.filter(({ key }) => !pipelines.has(key)).map((kernel) => [kernel.key, kernel]),
    ).values(),
  ];
  await Promise.all(
    missing.map(async ({ key, code }) => {
      try {
        pipelines.set(
          key,
          await device.createComputePipelineAsync({
            layout: 'auto',
            compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
          }),
        );
      } catch (error) {
        console.error(`does not compile: ${key}: ${error.message}`);
        process.exitCode = 1;
      }
    }),
  );
  if (missing.length > 0)
    console.log(
      `${missing.length} pipelines compiled in ${((performance.now() - begun) / 1000).toFixed(1)} s`,
    );
}

/** Numbers in -1 .. 1, the same 1 MiB over and over. */
const noise = Float32Array.from(
  { length: 1 << 18 },
  (_, i) => (Math.imul(i + 1, 2654435761) >>> 8) / 2 ** 23 - 1,
);

function bufferOf(name, elements, replicas) {
  const size = Math.max(16, up4(elements * replicas) * 4);
  if (size > maxStorageBufferBindingSize || size > maxBufferSize) return null;
  const buffer = device.createBuffer({
    size,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  if (name !== 'output' && name !== 'sums' && name !== 'flags') {
    for (let at = 0; at < size; at += noise.byteLength)
      device.queue.writeBuffer(buffer, at, noise, 0, Math.min(noise.length, (size - at) / 4));
  }
  return buffer;
}

const querySet = timestamps ? device.createQuerySet({ type: 'timestamp', count: 2 }) : null;
const resolved = device.createBuffer({
  size: 16,
  usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
});
const times = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });

/** Milliseconds of one of `repeats` dispatches in a pass. */
async function window(pipeline, group, groups, repeats) {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass(
    querySet === null
      ? {}
      : { timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } },
  );
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
  pass.end();
  if (querySet !== null) {
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, times, 0, 16);
  }
  const begun = performance.now();
  device.queue.submit([encoder.finish()]);
  if (querySet === null) {
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - begun) / repeats;
  }
  await times.mapAsync(GPUMapMode.READ);
  const [from, to] = new BigUint64Array(times.getMappedRange().slice(0));
  times.unmap();
  return Number(to - from) / 1e6 / repeats;
}

async function read(buffer, bytes) {
  const size = Math.min(bytes, buffer.size, 1 << 24);
  const copy = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const words = new Uint32Array(copy.getMappedRange().slice(0));
  copy.destroy();
  return words;
}

async function measure({ title, replicas, work, elements, outputs, candidates }) {
  const sizes = { ...elements, ...outputs };
  const names = [...new Set(candidates.flatMap(({ dispatch }) => dispatch.bindings))];
  const buffers = Object.fromEntries(names.map((name) => [name, bufferOf(name, sizes[name], replicas)]));
  if (Object.values(buffers).includes(null)) {
    console.log(`${title}: larger than this adapter binds`);
  } else {
    const results = [];
    let first = null;
    let different = [];
    for (const { name, dispatch } of candidates) {
      const pipeline = pipelines.get(dispatch.kernel.key);
      if (pipeline === undefined) continue;
      const block = device.createBuffer({
        size: dispatch.uniforms.byteLength,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      });
      device.queue.writeBuffer(block, 0, dispatch.uniforms);
      const bound = [block, ...dispatch.bindings.map((binding) => buffers[binding])];
      const group = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
      const repeats = tiny ? 1 : 8;
      await window(pipeline, group, dispatch.groups, repeats);
      const ms = [];
      for (let i = 0; i < (tiny ? 1 : 5); i++)
        ms.push(await window(pipeline, group, dispatch.groups, repeats));
      results.push({ name, ms: ms.sort((a, b) => a - b)[ms.length >> 1] });
      if (replicas === replicaCounts[0]) {
        const words = [
          await read(buffers.output, outputs.output * 4),
          ...(outputs.sums ? [await read(buffers.sums, outputs.sums * 4)] : []),
        ];
        first ??= words;
        if (words.some((part, i) => part.some((word, at) => word !== first[i][at])))
          different = [...different, name];
      }
      block.destroy();
    }
    const line = results
      .sort((a, b) => a.ms - b.ms)
      .map(
        ({ name, ms }) =>
          `${name} ${ms.toFixed(3)} ms ${((work.flops * replicas) / ms / 1e9).toFixed(1)} TF ${((work.bytes * replicas) / ms / 1e9).toFixed(2)} TB/s`,
      );
    console.log(
      `${title}: ${line.join(' | ')}${different.length > 0 ? ` | OTHER BITS than ${candidates[0].name}: ${different.join(', ')}` : ''}`,
    );
  }
  for (const buffer of Object.values(buffers)) buffer?.destroy();
}

for (const replicas of replicaCounts) {
  const list = measurements(replicas);
  await compile(list.flatMap(({ candidates }) => candidates.map(({ dispatch }) => dispatch.kernel)));
  for (const measurement of list) {
    if (timeIsUp()) {
      console.log('the time is up');
      break;
    }
    await measure(measurement);
  }
}
device.destroy();
process.exit();
