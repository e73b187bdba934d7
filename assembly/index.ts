/**
 * A list of kernel calls, run by every thread of the team: each does its share of the units, then they meet. A share
 * is a range of whole units, so the number of threads changes no bit.
 */
import * as dense from './dense';
import * as depthwise from './depthwise';
import * as small from './small';

// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

@unmanaged class Call {
  kernel: i32;
  args: usize;
  units: i32;
}

@unmanaged class Team {
  /** Threads that have arrived; the meeting's number. */
  arrived: i32;
  meeting: i32;
  threads: i32;
  /** How often to look before going to sleep. */
  patience: i32;
}

/** Waits until all threads of the team are here: looks a while, then sleeps. */
function meet(team: usize): void {
  const threads = changetype<Team>(team).threads;
  if (threads == 1) return;
  const meeting = atomic.load<i32>(team, 4);
  if (atomic.add<i32>(team, 1) == threads - 1) {
    atomic.store<i32>(team, 0);
    atomic.add<i32>(team, 1, 4);
    atomic.notify(team + 4, -1);
    return;
  }
  const patience = changetype<Team>(team).patience;
  for (let i = 0; i < patience; i++) {
    if (atomic.load<i32>(team, 4) != meeting) return;
  }
  while (atomic.load<i32>(team, 4) == meeting) atomic.wait<i32>(team + 4, meeting, -1);
}

function dispatch(kernel: i32, args: usize, from: i32, to: i32, thread: i32): void {
  switch (kernel) {
    case 0: dense.packWeights(args, from, to, thread); break;
    case 1: dense.denseForward(args, from, to, thread); break;
    case 2: dense.denseInputGradient(args, from, to, thread); break;
    case 3: dense.denseWeightGradient(args, from, to, thread); break;
    case 4: dense.reduceWeightGradient(args, from, to, thread); break;
    case 5: depthwise.packDepthwise(args, from, to, thread); break;
    case 6: depthwise.depthwiseForward(args, from, to, thread); break;
    case 7: depthwise.depthwiseInputGradient(args, from, to, thread); break;
    case 8: depthwise.depthwiseWeightGradient(args, from, to, thread); break;
    case 9: depthwise.reduceDepthwise(args, from, to, thread); break;
    case 10: small.batchNorm(args, from, to, thread); break;
    case 11: small.batchNormEvaluate(args, from, to, thread); break;
    case 12: small.batchNormGradient(args, from, to, thread); break;
    case 13: small.bias(args, from, to, thread); break;
    case 14: small.biasGradient(args, from, to, thread); break;
    case 15: small.columnSums(args, from, to, thread); break;
    case 16: small.averagePool(args, from, to, thread); break;
    case 17: small.averagePoolGradient(args, from, to, thread); break;
    case 18: small.softmaxCrossEntropy(args, from, to, thread); break;
    case 19: small.gather(args, from, to, thread); break;
    case 20: small.update(args, from, to, thread); break;
    default: unreachable();
  }
}

/** Runs the list as `thread` of the team; `profile`: address of float64 milliseconds per call to add to, or 0. */
export function run(list: usize, count: i32, team: usize, thread: i32, profile: usize): void {
  const threads = changetype<Team>(team).threads;
  for (let i = 0; i < count; i++) {
    const call = changetype<Call>(list + <usize>i * offsetof<Call>());
    const start = profile ? now() : 0;
    const from = <i32>((<i64>call.units * thread) / threads);
    const to = <i32>((<i64>call.units * (thread + 1)) / threads);
    if (to > from) dispatch(call.kernel, call.args, from, to, thread);
    meet(team);
    if (profile) store<f64>(profile + (<usize>i << 3), load<f64>(profile + (<usize>i << 3)) + now() - start);
  }
}
