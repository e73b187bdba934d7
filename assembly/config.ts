/** What differs between builds of these kernels; scripts/kernels.mjs replaces this file for the wide build. */

/** Columns of a panel of packed operands: 8, or 16 where pairs of 128-bit vectors are to become 256-bit ones. */
export const PANEL: u32 = 8;
