/** Which kernels make a convolution: the plain ones that fit every geometry. */
import type {
  AveragePoolCall,
  AveragePoolGradientCall,
  ConvolutionCall,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
} from '../../compile/program.js';
import type { Dispatch } from './kernel.js';
import { forward, inputGradient, weightGradient } from './kernels/direct.js';
import type { Places } from './places.js';

export interface ConvolutionKernels {
  forward<Ref>(call: ConvolutionCall | AveragePoolCall, places: Places<Ref>): Dispatch<Ref>[];
  inputGradient<Ref>(
    call: ConvolutionInputGradientCall | AveragePoolGradientCall,
    places: Places<Ref>,
  ): Dispatch<Ref>[];
  weightGradient<Ref>(call: ConvolutionWeightGradientCall, places: Places<Ref>): Dispatch<Ref>[];
  /** For run.json. */
  readonly tiles: Readonly<Record<string, string>>;
}

export const directOnly: ConvolutionKernels = {
  forward: (call, places) => [forward(call, places)],
  inputGradient: (call, places) => [inputGradient(call, places)],
  weightGradient: (call, places) => [weightGradient(call, places)],
  tiles: { convolution: 'direct' },
};
