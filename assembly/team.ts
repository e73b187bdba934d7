/**
 * Threads that run a list of calls together. A call's units are handed out one by one; which thread runs which changes
 * no bit. Nobody waits for a thread that has taken no unit, so a thread that the machine does not run delays nothing.
 *
 * Taking a unit is one atomic addition to a 64-bit ticket that says what it is about: the call's address / 16 (28
 * bits), its number of shares (18), the next share (18).
 */

@unmanaged export class Call {
  kernel: i32;
  args: usize;
  units: i32;
  /** Units that are handed out at once. */
  grain: i32;
}

/** Each field that threads fight over has a cache line of its own. */
const TICKET: usize = 0;
const DONE: usize = 64;
/** What a helper that trapped leaves in DONE, so that the caller does not wait for its unit: above every number of units. */
const BROKEN: i32 = 1 << 30;
/** The caller sleeps until DONE reaches the number of units. */
const CALLER_SLEEPS: usize = 128;
const SLEEPERS: usize = 192;
/** Changed to wake sleepers. */
const ALARM: usize = 196;
const STOPPED: usize = 256;
/** How often to look before going to sleep: about a hundred microseconds. */
const PATIENCE: usize = 260;

const UNIT_BITS: u64 = 18;
const UNIT_MASK: u64 = (1 << 18) - 1;

// @ts-ignore: decorator
@inline function unitOf(ticket: u64): i32 {
  return <i32>(ticket & UNIT_MASK);
}

// @ts-ignore: decorator
@inline function unitsOf(ticket: u64): i32 {
  return <i32>((ticket >> UNIT_BITS) & UNIT_MASK);
}

// @ts-ignore: decorator
@inline function callOf(ticket: u64): Call {
  return changetype<Call>(<usize>(ticket >> (2 * UNIT_BITS)) << 4);
}

// @ts-ignore: decorator
@inline export function ticketFor(call: usize, units: i32): u64 {
  return ((<u64>call >> 4) << (2 * UNIT_BITS)) | (<u64>units << UNIT_BITS);
}

/** Offers the units of a call to the team. */
export function offer(team: usize, call: usize, units: i32): void {
  atomic.store<i32>(team + DONE, 0);
  atomic.store<u64>(team + TICKET, ticketFor(call, units));
  if (atomic.load<i32>(team + SLEEPERS) != 0) {
    atomic.add<i32>(team + ALARM, 1);
    atomic.notify(team + ALARM, -1);
  }
}

/** Takes a unit: its ticket, or one without a unit left. */
// @ts-ignore: decorator
@inline export function take(team: usize): u64 {
  return atomic.add<u64>(team + TICKET, 1);
}

// @ts-ignore: decorator
@inline export function hasUnit(ticket: u64): bool {
  return unitOf(ticket) < unitsOf(ticket);
}

export function callOfTicket(ticket: u64): Call {
  return callOf(ticket);
}

export function unitOfTicket(ticket: u64): i32 {
  return unitOf(ticket);
}

/** A unit is done. */
export function finish(team: usize): void {
  atomic.add<i32>(team + DONE, 1);
  if (atomic.load<i32>(team + CALLER_SLEEPS) != 0) atomic.notify(team + DONE, 1);
}

/** The caller waits until all units are done: looks a while, then sleeps. */
export function awaitUnits(team: usize, units: i32): void {
  const patience = load<i32>(team + PATIENCE);
  for (let i = 0; i < patience; i++) {
    if (atomic.load<i32>(team + DONE) == units) return;
  }
  atomic.store<i32>(team + CALLER_SLEEPS, 1);
  for (;;) {
    const done = atomic.load<i32>(team + DONE);
    if (done == units) break;
    if (done >= BROKEN) unreachable();
    atomic.wait<i32>(team + DONE, done, -1);
  }
  atomic.store<i32>(team + CALLER_SLEEPS, 0);
}

/** A helper waits for a unit; false when the team is to stop. */
export function awaitWork(team: usize): bool {
  const patience = load<i32>(team + PATIENCE);
  while (atomic.load<i32>(team + STOPPED) == 0) {
    for (let i = 0; i < patience; i++) {
      if (hasUnit(atomic.load<u64>(team + TICKET))) return true;
    }
    atomic.add<i32>(team + SLEEPERS, 1);
    const alarm = atomic.load<i32>(team + ALARM);
    const idle = atomic.load<i32>(team + STOPPED) == 0 && !hasUnit(atomic.load<u64>(team + TICKET));
    if (idle) atomic.wait<i32>(team + ALARM, alarm, -1);
    atomic.sub<i32>(team + SLEEPERS, 1);
  }
  return false;
}

/** Wakes the helpers to stop. */
export function stopTeam(team: usize): void {
  atomic.store<i32>(team + STOPPED, 1);
  atomic.add<i32>(team + ALARM, 1);
  atomic.notify(team + ALARM, -1);
}
