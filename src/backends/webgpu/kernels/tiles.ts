/** Tiles of matrix products: which thread of a workgroup makes which part of the output. */

/**
 * A workgroup makes `rows` x `columns` outputs, each thread `threadRows` x `threadColumns`; the inner dimension is walked
 * in slabs of `depth`. Sums along the inner dimension run in ascending order whatever the tile.
 */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly threadRows: number;
  readonly threadColumns: number;
  /** Steps of the inner dimension that are written out in the text; a part of `depth`. */
  readonly unroll: number;
  /** Threads of 32 neighbours that lie side by side along the columns: 8 (8 x 4), or 16 (16 x 2). */
  readonly lanes: 8 | 16;
  /**
   * Written out for a GPU: the first slab is loaded before the loop, rows of the epilogue follow one another. Otherwise
   * each part stands in the text once, which software adapters compile in a fraction of the time.
   */
  readonly open: boolean;
  /** The product is made by subgroup matrices of halves; threads then have their part of the output for the epilogue only. */
  readonly matrix?: MatrixTile;
}

/** One instruction: [m, k] times [k, n] of f16, added in f32, by a subgroup of so many threads. */
export interface MatrixUnit {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly subgroup: number;
}

export interface MatrixTile extends MatrixUnit {
  /** The part of the tile that a subgroup makes. */
  readonly blockRows: number;
  readonly blockColumns: number;
}

/** `64x128x16 8x8`, and what departs from unroll 16, lanes 8, open; `f16 32x32`: a subgroup's part, of which instructions. */
export function tileName(tile: Tile): string {
  const { rows, columns, depth, threadRows, threadColumns, unroll, lanes, open, matrix } = tile;
  const rest = `${unroll === 16 ? '' : ` u${unroll}`}${lanes === 8 ? '' : ` l${lanes}`}${open ? '' : ' compact'}`;
  const halves = matrix === undefined ? '' : ` f16 ${matrixName(matrix)}`;
  return `${rows}x${columns}x${depth} ${threadRows}x${threadColumns}${rest}${halves}`;
}

const matrixName = ({ blockRows, blockColumns, m, n, k, subgroup }: MatrixTile): string =>
  `${blockRows}x${blockColumns} of ${m}x${n}x${k} by ${subgroup}`;

/** The tile of a name as `tileName` writes it. */
export function tileOf(name: string): Tile {
  const match = /^(\d+)x(\d+)x(\d+) (\d+)x(\d+)(?: u(\d+))?(?: l(8|16))?(?: (compact))?$/.exec(name);
  if (match === null) throw new Error(`not the name of a tile: ${name}`);
  const [rows, columns, depth, threadRows, threadColumns] = match.slice(1, 6).map(Number);
  const unroll = Number(match[6] ?? 16);
  return {
    rows,
    columns,
    depth,
    threadRows,
    threadColumns,
    unroll,
    lanes: match[7] === '16' ? 16 : 8,
    open: match[8] === undefined,
  };
}

export const threadsOf = (tile: Tile): number =>
  (tile.rows / tile.threadRows) * (tile.columns / tile.threadColumns);

/**
 * Tiles to tune among for products whose epilogue sums pieces of 64 rows: what won on an H200 for many replicas, for
 * one, and for few columns.
 */
export const productTiles: readonly Tile[] = [
  '64x128x16 8x8',
  '64x64x16 4x4',
  '128x64x16 8x4',
  '64x64x16 8x8',
  '128x32x16 8x4',
  '64x32x16 4x4',
].map(tileOf);

/** Tiles to tune among for weight gradients. */
export const weightTiles: readonly Tile[] = ['64x64x16 8x8', '32x64x16 4x8', '32x32x16 4x4'].map(tileOf);

/** The tile to use without tuning, by the number of columns and of workgroups: as an H200 has it for one replica and for seven. */
export function productTile(rows: number, columns: number, replicas: number): Tile {
  if (columns <= 32) return tileOf('128x32x16 8x4');
  const squares = Math.ceil(rows / 64) * Math.ceil(columns / 64) * replicas;
  if (replicas > 1 && squares >= 768) return tileOf('64x64x16 8x8');
  return tileOf(squares >= 512 ? '128x64x16 8x4' : '64x64x16 4x4');
}

/** The same for a weight gradient [rows, columns]. */
export function weightTile(rows: number, columns: number): Tile {
  if (rows > 32 && columns > 32) return tileOf('64x64x16 8x8');
  return rows <= 32 && columns > 32 ? tileOf('32x64x16 4x8') : tileOf('32x32x16 4x4');
}
