/**
 * The signals by which a terminal, a shell or a cluster asks a process to stop.
 *
 * SIGUSR1, with which clusters warn of the end of an allotment, is Node's own until somebody listens: it opens the
 * debugger, which lets every user of the machine run code as this one. So this file is the first that the command line
 * loads, listens for as long as the process lives, and shuts a debugger that a signal opened while Node was starting.
 */
import inspector from 'node:inspector';

export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
export type StopSignal = (typeof stopSignals)[number];

let stop: ((signal: StopSignal) => void) | null = null;

process.on('SIGUSR1', () => {
  if (stop !== null) stop('SIGUSR1');
  else endBy('SIGUSR1');
});
shutDebugger();
// Node opens it a moment after the signal, on a busy machine later than this file is loaded.
let looks = 0;
const looking = setInterval(() => {
  looks += 1;
  if (looks === 40) clearInterval(looking);
  shutDebugger();
}, 50).unref();

/** Shuts a debugger that nobody asked for, and ends as its signal asked. */
function shutDebugger(): void {
  if (inspector.url() === undefined || isWanted()) return;
  inspector.close();
  endBy('SIGUSR1');
}

/** Whether the debugger was asked for when Node was started. */
function isWanted(): boolean {
  const options = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  return options.some((option) => option.startsWith('--inspect'));
}

/** Ends the process as the signal does where nobody listens. */
function endBy(signal: StopSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Calls back at each of the signals that ask to stop. @returns what lets them go again */
export function onStopSignal(callback: (signal: StopSignal) => void): () => void {
  stop = callback;
  const others = stopSignals.filter((signal) => signal !== 'SIGUSR1');
  for (const signal of others) process.on(signal, callback);
  return () => {
    stop = null;
    for (const signal of others) process.off(signal, callback);
  };
}
