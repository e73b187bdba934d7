/**
 * What a thread will need next comes into its caches a few lines at a time, between the tiles of what it works on: memory
 * streams meanwhile, where a kernel that came upon it would wait. Few at a time, so that the hardware's prefetcher stays
 * ahead.
 *
 * The globals are a thread's own: each has an instance of this module.
 */

/** What is being read, where that ends, and two places that follow. */
let at: usize = 0, end: usize = 0;
let second: usize = 0, secondEnd: usize = 0;
let third: usize = 0, thirdEnd: usize = 0;
/** What is being claimed: lines that will be overwritten. */
let write: usize = 0, writeEnd: usize = 0;
/** Bytes at a time. */
let readPace: usize = 0, writePace: usize = 0;
/** Bytes at a time that the prefetcher still stays ahead of. */
const MOST: usize = 6 * 64;
/** Keeps the reads alive. */
let seen: i32 = 0;

/** `bytes` from `from` on will be read; three places at most. */
export function expectRead(from: usize, bytes: usize): void {
  if (!end) {
    at = from;
    end = from + bytes;
  } else if (!secondEnd) {
    second = from;
    secondEnd = from + bytes;
  } else {
    third = from;
    thirdEnd = from + bytes;
  }
}

/** `bytes` from `from` on will be overwritten, all of them, by this thread. */
export function expectWrite(from: usize, bytes: usize): void {
  write = from;
  writeEnd = from + bytes;
}

/** What is expected is to be fetched within `times` calls of fetchSome, as far as a few lines at a time go. */
export function setPace(times: usize): void {
  readPace = min(MOST, linesEach(end - at + secondEnd - second + thirdEnd - third, times));
  writePace = min(MOST, linesEach(writeEnd - write, times));
}

// @ts-ignore: decorator
@inline function linesEach(bytes: usize, times: usize): usize {
  return (bytes / 64 + times) / times * 64;
}

/** Fetches the next few lines, between tiles. Without calls: what stands in registers around it stays there. */
// @ts-ignore: decorator
@inline export function fetchSome(): void {
  fetchBytes(readPace, writePace);
}

// @ts-ignore: decorator
@inline function fetchBytes(reads: usize, writes: usize): void {
  if (at < end) {
    const to = min(at + reads, end);
    let any = 0;
    for (let p = at; p < to; p += 64) any |= load<u8>(p);
    seen |= any;
    at = to;
    if (to == end) {
      at = second;
      end = secondEnd;
      second = third;
      secondEnd = thirdEnd;
      third = thirdEnd = 0;
    }
  }
  if (write < writeEnd) {
    const to = min(write + writes, writeEnd);
    for (let p = write; p < to; p += 64) store<i32>(p, 0);
    write = to;
  }
}

/** Fetches the rest of what is expected. (Reading lines to claim them would map fresh memory twice, in small pages.) */
export function fetchRest(): void {
  while (at < end) fetchBytes(1 << 30, 1 << 30);
  fetchBytes(0, 1 << 30);
}
