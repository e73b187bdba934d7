/** Sums in a workgroup of 16 x 16 threads: columns are channels, rows are parts of a piece of 64 rows. */

/** The sum over the 16 threads of a column of the workgroup, as a tree. */
export const columnTree = /* wgsl */ `
var<workgroup> room: array<f32, 256>;
fn columnSum(value: f32, x: u32, y: u32) -> f32 {
  workgroupBarrier();
  room[16u * y + x] = value;
  for (var s = 8u; s > 0u; s >>= 1u) {
    workgroupBarrier();
    if (y < s) { room[16u * y + x] += room[16u * (y + s) + x]; }
  }
  workgroupBarrier();
  return room[x];
}
`;
