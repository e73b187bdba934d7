/** Statistics and sums over rows are kept per piece of 64 rows: where they lie, and who adds them up. */

export const piecesOf = (rows: number): number => Math.ceil(rows / 64);

/** Those of at most so many pieces lie in one buffer for all stages, so that a kernel can bind a stage's and its neighbour's. */
const mostShared = 128;

/** Where there are at most so many, the kernel that needs what they give adds them up itself. */
const mostFinishedByReader = 32;

export const areShared = (rows: number): boolean => piecesOf(rows) <= mostShared;

export const areFinishedByReader = (rows: number): boolean => piecesOf(rows) <= mostFinishedByReader;
