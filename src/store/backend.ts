/** What ran a run: recorded in run.json. Equal records (but for `threads`) give equal bits. */
export interface BackendDescriptionRecord {
  readonly backend: 'reference' | 'wasm' | 'webgpu';
  readonly variant: string;
  readonly precision: 'float32' | 'float64';
  readonly tiles: Readonly<Record<string, string>>;
  readonly threads: number;
}
