/** What the plain kernels of convolutions share: words of their uniform blocks, and text. */
import type {
  AveragePoolCall,
  AveragePoolGradientCall,
  ConvolutionCall,
  ConvolutionGeometry,
  ConvolutionInputGradientCall,
  PoolGeometry,
} from '../../../compile/program.js';
import { maxGroups } from '../kernel.js';
import { none, type Places } from '../places.js';
import { activationText, codeOfText } from './activations.js';

export const geometryFields = {
  rows: 'u32',
  inHeight: 'u32',
  inWidth: 'u32',
  inChannels: 'u32',
  outHeight: 'u32',
  outWidth: 'u32',
  outChannels: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
  stride: 'u32',
  padding: 'u32',
  depthwise: 'u32',
  inElements: 'u32',
  outElements: 'u32',
} as const;

export const viewFields = { vectorStride: 'u32', affine: 'u32', slot: 'u32' } as const;
export const weightFields = { parameterStride: 'u32', weight: 'u32', constant: 'f32' } as const;
export const gradientFields = { coefficients: 'u32' } as const;

export const sharedText = `const NONE = 0xffffffffu;\n${activationText('f32')}`;

/** z and v of the raw tensor `x` [.., inChannels], by the view's affine and code. */
export const viewFunctions = /* wgsl */ `
fn zOf(x: f32, r: u32, c: u32) -> f32 {
  if (u.affine == NONE) { return x; }
  let at = r * u.vectorStride + u.affine + c;
  return vectors[at] * x + vectors[at + u.inChannels];
}
${codeOfText(false)}`;

export const gradientFunctions = /* wgsl */ `
fn dyOf(at: u32, r: u32, o: u32) -> f32 {
  let d = dz[at];
  if (u.coefficients == NONE) { return d; }
  let k = r * u.vectorStride + u.coefficients + o;
  return vectors[k] * d + (vectors[k + u.outChannels] * rawY[at] + vectors[k + 2u * u.outChannels]);
}
`;

export const weightFunctions = /* wgsl */ `
fn weightAt(r: u32, i: u32) -> f32 {
  if (u.weight == NONE) { return u.constant; }
  return parameters[r * u.parameterStride + u.weight + i];
}
`;

export function geometryOf(geometry: ConvolutionGeometry | PoolGeometry): ConvolutionGeometry {
  if ('depthwise' in geometry) return geometry;
  const { batch, inHeight, inWidth, channels, size } = geometry;
  return {
    batch,
    inHeight,
    inWidth,
    inChannels: channels,
    outHeight: inHeight / size,
    outWidth: inWidth / size,
    outChannels: channels,
    kernelHeight: size,
    kernelWidth: size,
    stride: size,
    padding: 0,
    depthwise: true,
  };
}

export function geometryUniforms(g: ConvolutionGeometry, rows: number) {
  const { batch: _, depthwise, ...sizes } = g;
  return {
    ...sizes,
    rows,
    depthwise: depthwise ? 1 : 0,
    inElements: g.batch * g.inHeight * g.inWidth * g.inChannels,
    outElements: g.batch * g.outHeight * g.outWidth * g.outChannels,
  };
}

export function viewUniforms<Ref>(view: ConvolutionCall['input'], places: Places<Ref>) {
  return {
    vectorStride: places.vectorStride,
    affine: places.vector(view.affine),
    slot: places.code(view.slot),
  };
}

export function weightUniforms<Ref>(
  call: ConvolutionCall | ConvolutionInputGradientCall | AveragePoolCall | AveragePoolGradientCall,
  places: Places<Ref>,
) {
  const { parameterStride } = places;
  if ('weight' in call) return { parameterStride, weight: places.parameter(call.weight), constant: 0 };
  return { parameterStride, weight: none, constant: 1 / call.geometry.size ** 2 };
}

export function rowGroups<Ref>(
  channels: number,
  rows: number,
  places: Places<Ref>,
): [number, number, number] {
  return [Math.ceil(channels / 16), Math.min(maxGroups, Math.ceil(rows / 64)), places.replicas];
}
