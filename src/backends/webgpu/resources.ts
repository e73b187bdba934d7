/** Buffers of a plan. */

/** Index into `WebgpuPlan.resources`. */
export type Resource = number;

export interface ResourceSpec {
  readonly name: string;
  readonly bytes: number;
}
