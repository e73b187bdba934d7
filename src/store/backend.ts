/** What ran a run: recorded in run.json. Equal records (but for `threads`) give equal bits. */
export interface BackendDescriptionRecord {
  readonly backend: 'reference' | 'wasm' | 'webgpu';
  readonly variant: string;
  readonly precision: 'float32' | 'float64';
  readonly tiles: Readonly<Record<string, string>>;
  readonly threads: number;
}

/** In which precision a run was trained, in words. */
export function precisionWords({ backend, variant, precision }: BackendDescriptionRecord): string {
  if (backend === 'webgpu' && variant === 'f16-products') return `${precision} with products of f16`;
  return precision;
}
