/** The fp32 backends that the golden tests hold against PyTorch: one entry per backend and kernel variant. */
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { createWasmStep } from '../../src/backends/wasm/node/createStep.js';
import type { Program } from '../../src/compile/program.js';
import type { Step } from '../../src/compile/step.js';
import { testedVariants } from '../contract/variants.js';

export interface GoldenBackend {
  readonly name: string;
  /** Naive loops take a minute per full-width step: left out there unless CETERIS_GOLDEN_REFERENCE is set. */
  readonly fast: boolean;
  create(program: Program): Promise<Step>;
}

const reference: GoldenBackend = {
  name: 'reference float32',
  fast: false,
  create: async (program) => createReferenceStep(program, { precision: 'float32' }),
};

/** Two threads, because any number gives the same bits. */
const wasm = testedVariants.map(
  (variant): GoldenBackend => ({
    name: `wasm ${variant}`,
    fast: true,
    create: (program) => createWasmStep(program, { threads: 2, variant }),
  }),
);

export const fp32Backends: readonly GoldenBackend[] = [reference, ...wasm];

export const fullWidthBackends: readonly GoldenBackend[] = fp32Backends.filter(
  ({ fast }) => fast || process.env.CETERIS_GOLDEN_REFERENCE !== undefined,
);
