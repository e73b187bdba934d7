/** Whether 256-bit vectors are right and pay on this very Node and machine: measured, before they are used. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { CeterisError, requestError } from '../../../base/errors.js';
import { Product } from './product.js';
import { SmallStep } from './smallStep.js';
import { nodeMajor, probeVariant, useRevectorizer, type Variant } from './variants.js';

/** Speeds of one core in a product that lies in the caches, and what it took to find them. */
export interface WideCheck {
  readonly gflops128: number;
  readonly gflops256: number;
  readonly milliseconds: number;
}

/** Below this gain the 256-bit variant is refused. */
const leastGain = 1.2;
/** V8 has the option from 22 on; from 24 on it joins the tiles, and the vectors are used without being asked for. */
const firstNode = 24;
/** The newest Node on which the check was seen not to end the process. A newer one does it first in a child. */
const newestTried = 26;
/** V8's optimizing compiler works in the background, so a first measurement says nothing: at most this long. */
const patienceMs = 2000;
/** Small steps until all their kernels are optimized, and so what is checked is the code that will run. */
const steps = 24;

function refusal(rule: string, value: string): CeterisError {
  return requestError({
    what: '256-bit vectors cannot be used here',
    where: '--cpu-vectors 256',
    rule,
    value: `${value} (Node ${process.versions.node}, V8 ${process.versions.v8}, ${process.arch})`,
    advice: 'leave the option out, or use Node 24 or 26 on an x64 machine with AVX2',
  });
}

let checked: Promise<WideCheck> | null = null;

/**
 * Checks the `wide` variant once per thread: the bits of `relaxed` in a small whole step (gradients, state, logits), before
 * and after V8 has optimized it, and at least 1.2 times its speed in a product. Turns V8's revectorizer on for this process,
 * and off again where the check fails.
 * @throws a request error with the reason where it is not there, is wrong, or does not pay
 */
export function requireWide(): Promise<WideCheck> {
  checked ??= nodeMajor > newestTried ? checkInChild().then(checkHere) : checkHere();
  return checked;
}

/** The fastest variant that this Node and machine have, and why it is not the 256-bit one, if it is not. */
export interface BestVariant {
  readonly variant: Variant;
  /** `null`: it is the 256-bit one, or this Node has none. */
  readonly refused: string | null;
}

/** `wide` from Node 24 on, where its check passes; else relaxed SIMD, else plain. `wide` and `relaxed` give the same bits. */
export async function bestVariant(): Promise<BestVariant> {
  const narrow = probeVariant();
  if (nodeMajor < firstNode || process.arch !== 'x64' || narrow !== 'relaxed')
    return { variant: narrow, refused: null };
  try {
    await requireWide();
    return { variant: 'wide', refused: null };
  } catch (error) {
    if (!(error instanceof CeterisError)) throw error;
    const { rule, value } = error.details;
    return { variant: narrow, refused: `128-bit vectors are used: ${rule}, but ${value}` };
  }
}

/** The check itself, in this process; exported for the child that `checkInChild` starts. @throws as requireWide */
export async function checkHere(): Promise<WideCheck> {
  const start = performance.now();
  if (nodeMajor < 22) throw refusal('Node 22 or newer, for V8 to have the option', `Node ${nodeMajor}`);
  if (probeVariant() !== 'relaxed') throw refusal('relaxed SIMD', 'not in this Node');
  // Before the option is on: V8 would join vectors of this variant too.
  const narrow = new Product('relaxed');
  const expected = await bitsOf('relaxed');
  narrow.sampleUntil(patienceMs / 4, () => narrow.best < narrow.first / 2);
  try {
    const gflops256 = await measureWide(narrow.gflops, expected);
    return { gflops128: narrow.gflops, gflops256, milliseconds: performance.now() - start };
  } catch (error) {
    useRevectorizer(false);
    throw error;
  }
}

/** GFLOPS of the 256-bit variant. @throws where it gives other bits than expected, or is too slow */
async function measureWide(gflops128: number, expected: Uint32Array): Promise<number> {
  // Functions are optimized at once, not after a million loops: all that a step runs is checked as it will run.
  setFlagsFromString('--wasm-tiering-budget=1000');
  const wide = new Product('wide');
  const small = await SmallStep.open('wide');
  for (let i = 0; i < steps; i++) compareBits(await small.bits(), expected);
  wide.sampleUntil(patienceMs, () => wide.gflops >= leastGain * gflops128);
  compareBits(await small.bits(), expected);
  await small.dispose();
  if (wide.gflops >= leastGain * gflops128) return wide.gflops;
  const rule = `at least ${leastGain} times the speed of 128-bit vectors`;
  throw refusal(rule, `${(wide.gflops / gflops128).toFixed(2)} times in a product of small matrices`);
}

async function bitsOf(variant: Variant): Promise<Uint32Array> {
  const step = await SmallStep.open(variant);
  const bits = await step.bits();
  await step.dispose();
  return bits;
}

function compareBits(actual: Uint32Array, expected: Uint32Array): void {
  const wrong = actual.findIndex((bits, i) => bits !== expected[i]);
  if (wrong < 0 && actual.length === expected.length) return;
  const hex = (bits: number | undefined) => `0x${(bits ?? 0).toString(16).padStart(8, '0')}`;
  const rule = `the bits of 128-bit vectors in a small training step, ${hex(expected[wrong])} in place ${wrong}`;
  throw refusal(rule, hex(actual[wrong]));
}

/** The check in a process of its own, since V8's experiment may end the process that tries it. */
async function checkInChild(): Promise<void> {
  const file = createRequire(import.meta.url).resolve('#dist/backends/wasm/node/wide.js');
  const script = `import(${JSON.stringify(pathToFileURL(file).href)}).then(({ checkHere }) => checkHere()).catch(() => process.exit(1));`;
  try {
    await promisify(execFile)(process.execPath, ['-e', script], { timeout: 20_000 });
  } catch {
    throw refusal(
      `a check that passes in a process of its own, on a Node newer than ${newestTried}`,
      'it did not',
    );
  }
}
