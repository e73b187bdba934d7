/** Points that would cover each other, laid out so that each is seen: deterministic, by their places only. */

export interface LaidPoint<T> {
  readonly point: T;
  /** 0, 1, 2, ...: how far it is set aside. */
  readonly lane: number;
  /** How many points stand here: 1 but for a crowd that no lanes can hold. */
  readonly times: number;
}

/**
 * Gives each point the lowest lane in which no point lies within `gap` pixels. Where that takes more than `lanes` lanes,
 * points less than a pixel apart become one that stands for all of them.
 */
export function layOut<T>(
  points: readonly T[],
  pixelOf: (point: T) => number,
  { gap, lanes }: { readonly gap: number; readonly lanes: number },
): LaidPoint<T>[] {
  const sorted = points.map((point) => ({ point, at: pixelOf(point), times: 1 })).sort((a, b) => a.at - b.at);
  const laid = fill(sorted, gap);
  if (laid.every(({ lane }) => lane < lanes)) return laid;
  const joined: (typeof sorted)[number][] = [];
  for (const one of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && one.at - last.at < 1)
      joined[joined.length - 1] = { ...last, times: last.times + 1 };
    else joined.push(one);
  }
  return fill(joined, gap).map((one) => ({ ...one, lane: one.lane % lanes }));
}

function fill<T>(
  sorted: readonly { readonly point: T; readonly at: number; readonly times: number }[],
  gap: number,
): LaidPoint<T>[] {
  const ends: number[] = [];
  return sorted.map(({ point, at, times }) => {
    const free = ends.findIndex((end) => at - end >= gap);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = at;
    return { point, lane, times };
  });
}
