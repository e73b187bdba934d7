/**
 * Holm's adjusted p-values: sorted ascending, the i-th of m is max over j <= i of min(1, (m - j + 1) p_j), returned in
 * the order given. Rejecting where the adjusted value is at most alpha keeps the chance of any false rejection in the
 * family at alpha, whatever the dependence.
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian J. of Statistics 6 (1979).
 *
 * `null` stands for a test of the family that could not be made: it counts in m (the family was declared before) and
 * stays `null`. A value outside [0, 1] counts as such a test too.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const adjusted: (number | null)[] = pValues.map(() => null);
  const tested = pValues
    .map((p, index) => ({ p, index }))
    .filter((item): item is { p: number; index: number } => item.p !== null && item.p >= 0 && item.p <= 1)
    .sort((x, y) => x.p - y.p);
  let running = 0;
  for (const [rank, { p, index }] of tested.entries()) {
    running = Math.max(running, Math.min(1, (pValues.length - rank) * p));
    adjusted[index] = running;
  }
  return adjusted;
}
