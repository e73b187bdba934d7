/** Buffers of a plan. */

/** Index into `WebgpuPlan.resources`. */
export type Resource = number;

export interface ResourceSpec {
  readonly name: string;
  readonly bytes: number;
}

/** Buffers that the host knows by name. */
export interface NamedResources {
  readonly parameters: Resource;
  readonly moments: readonly [Resource, Resource];
  readonly vectors: Resource;
  readonly flags: Resource;
  /** Rows of all steps under way: a step's dispatches have their own row bound. */
  readonly step: Resource;
  readonly results: Resource;
  readonly table: Resource;
  readonly gradients: Resource;
  readonly squares: Resource;
  /** The dataset's parts: made when it is loaded. */
  readonly data: readonly Resource[];
}
