/** Entry points: a list of kernel calls, run by the caller and its helpers. */
import { Call } from './abi';
import { dispatch } from './dispatch';
import { A_BLOCK, panelProduct } from './product';
import { awaitUnits, awaitWork, callOfTicket, finish, hasUnit, offer, stopTeam, take, unitOfTicket } from './team';

// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

/** Runs units that are on offer until there are none. */
function work(team: usize, thread: i32): void {
  for (;;) {
    const ticket = take(team);
    if (!hasUnit(ticket)) return;
    const call = callOfTicket(ticket);
    const from = unitOfTicket(ticket) * call.grain;
    dispatch(call, from, min(from + call.grain, call.units), thread);
    finish(team);
  }
}

/** A helper's whole life. */
export function help(team: usize, thread: i32): void {
  while (awaitWork(team)) work(team, thread);
}

/** Ends the helpers' lives. */
export function stop(team: usize): void {
  stopTeam(team);
}

/**
 * Runs `count` calls in order with `helpers` other threads; `profile`: address of float64 milliseconds per call to add
 * to, or 0.
 */
export function run(list: usize, count: i32, team: usize, helpers: i32, profile: usize): void {
  for (let i = 0; i < count; i++) {
    const address = list + (<usize>i << 4);
    const call = changetype<Call>(address);
    const start = profile ? now() : 0;
    if (helpers == 0 || call.units <= call.grain) {
      dispatch(call, 0, call.units, 0);
    } else {
      const shares = (call.units + call.grain - 1) / call.grain;
      offer(team, address, shares);
      work(team, 0);
      awaitUnits(team, shares);
    }
    if (profile) store<f64>(profile + (<usize>i << 3), load<f64>(profile + (<usize>i << 3)) + now() - start);
  }
}

/** The product of one block of packed rows with one panel, `times` over: to check and time a variant. */
export function product(a: usize, panel: usize, c: usize, K: i32, rows: i32, tile: i32, times: i32): void {
  for (; times > 0; times--) panelProduct(a, A_BLOCK, panel, c, K, rows, tile);
}
