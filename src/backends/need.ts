/** What a Program takes on a device, told before it is opened: each backend plans it as for training. */
export interface DeviceNeed {
  /** What `Step.memoryBytes` will be. */
  readonly bytes: number;
  /** Why the device cannot hold it, however much memory is free; `null`: it can. */
  readonly refusal: string | null;
}
