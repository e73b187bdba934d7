/**
 * A real Slurm on this machine, for tests: munged, slurmctld and several slurmd in a folder of their own, on free ports of
 * 127.0.0.1, without systemd and without /etc/slurm. As root each node has a host name of its own (namespaces), and where
 * cgroups of version 1 can be had they hold the jobs. Everything that was started is ended by `stop`, and at the latest
 * when the process of the test ends, also where a signal ended that (`slurmWatchdog.sh`).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const path = `${process.env.PATH}:/usr/sbin:/sbin`;

export interface SlurmSetup {
  readonly nodes: number;
  /** Of each node. */
  readonly cpus?: number;
  /** MiB of each node. */
  readonly memory?: number;
  /** Of each node: devices that serve as GPUs, at most 6. */
  readonly gpus?: number;
  /** Users of the account `lab`. Then a database keeps finished jobs: slurmdbd and MariaDB (`whyNoAccounts`). */
  readonly accounts?: readonly string[];
  /** More lines for slurm.conf; the last one of a key counts. */
  readonly more?: readonly string[];
}

const absent = (names: readonly string[]) =>
  names.filter((name) => !path.split(':').some((folder) => existsSync(join(folder, name))));

/** Why no Slurm that keeps accounts can be started here; `null` where it can. */
export function whyNoAccounts(): string | null {
  const missing = absent(['slurmdbd', 'mariadbd', 'sacct', 'sacctmgr']);
  return missing.length > 0
    ? `${missing.join(', ')} not installed (scripts/ci-slurm.sh --accounts installs them)`
    : whyNoSlurm();
}

/** Why no Slurm can be started here; `null` where it can. */
export function whyNoSlurm(): string | null {
  const missing = absent(['munged', 'slurmctld', 'slurmd', 'sbatch']);
  if (missing.length > 0) return `${missing.join(', ')} not installed (scripts/ci-slurm.sh installs them)`;
  return ownNames() || nameIsLoopback()
    ? null
    : 'the name of this host is none of 127.*, and only root can give others';
}

/** Whether this process may give a daemon a host name of its own. */
function ownNames(): boolean {
  return userInfo().uid === 0 && spawnSync('unshare', ['--uts', '--mount', 'true']).status === 0;
}

function nameIsLoopback(): boolean {
  const name = spawnSync('hostname', { encoding: 'utf8' }).stdout.trim();
  return /^127\./m.test(spawnSync('getent', ['ahostsv4', name], { encoding: 'utf8' }).stdout ?? '');
}

const writable = (file: string) => {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};
const hasCgroups = () =>
  userInfo().uid === 0 &&
  ['freezer', 'memory'].every((kind) => writable(`/sys/fs/cgroup/${kind}/release_agent`));

export class LocalSlurm {
  readonly directory: string;
  /** For the commands of Slurm, and of whoever calls them. */
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the memory of a job has a limit that holds. */
  readonly limitsMemory = hasCgroups();
  readonly #setup: SlurmSetup;
  readonly #daemons = new Map<string, ChildProcess>();
  readonly #ownNames = ownNames();
  readonly #watchdog: ChildProcess;

  private constructor(setup: SlurmSetup) {
    this.#setup = setup;
    // A short path: munge's socket lies in it.
    this.directory = mkdtempSync(join(tmpdir(), 'ceteris-slurm-'));
    const outer = Object.entries(process.env).filter(([name]) => !/^(SLURM|SBATCH|SQUEUE|SINFO)_/.test(name));
    // A home of its own: jobs may have a login shell, and what this machine's reads may take seconds, or wait for a lock.
    const own = { PATH: path, HOME: this.#file('home'), SLURM_CONF: this.#file('etc/slurm.conf') };
    this.environment = { ...Object.fromEntries(outer), ...own };
    this.#watchdog = watchdog(this.directory);
  }

  /** Starts all of it, and waits until every node is idle. */
  static async start(setup: SlurmSetup): Promise<LocalSlurm> {
    const slurm = new LocalSlurm(setup);
    process.once('exit', slurm.#endAll);
    try {
      await slurm.#configure();
      await slurm.up('munged');
      if (setup.accounts) {
        await slurm.up('database');
        await slurm.up('dbd');
        slurm.call('sacctmgr', '--immediate', 'add', 'cluster', 'local');
        slurm.call('sacctmgr', '--immediate', 'add', 'account', 'lab');
        for (const user of setup.accounts)
          slurm.call('sacctmgr', '--immediate', 'add', 'user', user, 'account=lab');
      }
      await slurm.up('ctld');
      for (let i = 1; i <= setup.nodes; i++) await slurm.up(`n${i}`);
      await until(30, 'every node is idle', () => slurm.#idleNodes() === setup.nodes);
      return slurm;
    } catch (error) {
      const said = slurm.#complaints();
      await slurm.stop();
      throw new Error(`Slurm did not come up: ${String(error)}\n${said}`, { cause: error });
    }
  }

  /** Ends the jobs and the daemons, and removes the folder. */
  async stop(): Promise<void> {
    if (this.#daemons.has('ctld')) {
      spawnSync('scancel', ['--user', String(userInfo().uid)], { env: this.environment, timeout: 3000 });
      await until(
        3,
        'no job is left',
        () => this.tryCall('squeue', '-h', '-t', 'running,completing') === '',
      ).catch(() => {});
    }
    this.#endAll();
    process.off('exit', this.#endAll);
    this.#watchdog.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Calls a command of Slurm. @throws where it fails */
  call(command: string, ...args: readonly string[]): string {
    return this.#called(command, args);
  }

  #called(command: string, args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(command, args, {
      env: this.environment,
      encoding: 'utf8',
      timeout: 20_000,
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  /** As `call`; `null` where it fails. */
  tryCall(command: string, ...args: readonly string[]): string | null {
    try {
      return this.#called(command, args);
    } catch {
      return null;
    }
  }

  /** Ends one daemon: `munged`, `ctld`, `n1`, ... What its jobs do goes on. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#daemons.get(name);
    if (child === undefined) throw new Error(`${name} does not run`);
    child.kill(signal);
    await until(10, `${name} has ended`, () => child.exitCode !== null || child.signalCode !== null);
    this.#daemons.delete(name);
  }

  /** Sends a daemon a signal that does not end it (SIGSTOP: it hangs). */
  signal(name: string, signal: NodeJS.Signals): void {
    this.#daemons.get(name)?.kill(signal);
  }

  /** A node that is lost: its slurmd and every process of its jobs, at once. */
  async crash(node: string): Promise<void> {
    await this.kill(node);
    for (let i = 0; i < 20 && this.#signalJobs('SIGKILL', node) > 0; i++) await sleep(50);
  }

  /** Sends every process of a node's jobs a signal (SIGSTOP: they hang). @returns how many there were */
  signalJobs(node: string, signal: NodeJS.Signals): number {
    return this.#signalJobs(signal, node);
  }

  /** Starts a daemon (again). */
  async up(name: string): Promise<void> {
    switch (name) {
      case 'munged': {
        const file = (part: string) => this.#file(`run/munged.${part}`);
        this.#spawn(name, [
          'munged',
          '--foreground',
          '--force',
          `--key-file=${this.#file('etc/munge.key')}`,
          `--socket=${this.#file('run/munge.socket')}`,
          '--num-threads=2',
          `--pid-file=${file('pid')}`,
          `--log-file=${file('log')}`,
          `--seed-file=${file('seed')}`,
          '--origin=127.0.0.1',
        ]);
        return until(5, 'munged has its socket', () => existsSync(this.#file('run/munge.socket')));
      }
      case 'database':
        this.#makeDatabase();
        // Of nobody but this user: by a socket only, without users of its own.
        this.#spawn(name, [
          'mariadbd',
          '--no-defaults',
          `--user=${userInfo().username}`,
          `--datadir=${this.#file('database')}`,
          `--socket=${this.#file('database/socket')}`,
          `--pid-file=${this.#file('database/pid')}`,
          '--skip-networking',
          '--skip-grant-tables',
          '--innodb-buffer-pool-size=16M',
          '--innodb-log-file-size=8M',
        ]);
        return until(20, 'the database has its socket', () => existsSync(this.#file('database/socket')));
      case 'dbd':
        this.#spawn(name, ['slurmdbd', '-D']);
        return until(
          20,
          'the accounts answer',
          () => this.tryCall('sacctmgr', '--noheader', 'show', 'cluster') !== null,
        );
      case 'ctld':
        this.#spawn(name, ['slurmctld', '-D', '-f', this.#file('etc/slurm.conf')]);
        return until(10, 'the controller answers', () => this.tryCall('scontrol', 'ping') !== null);
      default:
        mkdirSync(this.#file(`spool/${name}`), { recursive: true });
        this.#spawn(name, ['slurmd', '-D', '-N', name, '-f', this.#file('etc/slurm.conf')]);
    }
  }

  /** Tables of the system are needed: slurmdbd keeps a procedure in them, without which the controller dies of what it is told. */
  #makeDatabase(): void {
    const folder = this.#file('database');
    if (existsSync(folder)) return;
    mkdirSync(folder, { mode: 0o700 });
    const args = ['--no-defaults', `--user=${userInfo().username}`, `--datadir=${folder}`, '--skip-test-db'];
    const { status, stderr } = spawnSync('mariadb-install-db', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`mariadb-install-db: ${stderr}`);
  }

  #file(name: string): string {
    return join(this.directory, name);
  }

  #idleNodes(): number {
    const text = this.tryCall('sinfo', '-h', '-N', '-p', 'main', '-t', 'idle', '-o', '%n') ?? '';
    return text.split('\n').filter((line) => line !== '').length;
  }

  /** Daemons bind to the address of their host's name: as root each has one, which an /etc/hosts of its own knows. */
  #spawn(name: string, command: readonly string[]): void {
    const log = openSync(this.#file(`log/${name}.out`), 'a');
    const inOwn = 'mount --bind "$2" /etc/hosts && hostname "$1" && shift 2 && exec "$@"';
    const args = this.#ownNames
      ? ['unshare', '--uts', '--mount', 'sh', '-c', inOwn, 'sh', name, this.#file('etc/hosts'), ...command]
      : command;
    const child = spawn(args[0], args.slice(1), {
      env: { ...this.environment, MYSQL_UNIX_PORT: this.#file('database/socket') },
      stdio: ['ignore', log, log],
      detached: true,
      cwd: this.directory,
    });
    child.unref();
    this.#daemons.set(name, child);
  }

  readonly #endAll = (): void => {
    for (const child of this.#daemons.values()) child.kill('SIGKILL');
    this.#daemons.clear();
    for (let i = 0; i < 40 && this.#signalJobs('SIGKILL') > 0; i++)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    this.#removeCgroups();
  };

  /** To slurmstepd and what it started, of one node or of all. @returns how many there were */
  #signalJobs(signal: NodeJS.Signals, node?: string): number {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && this.#isOfJob(name, node));
    for (const pid of pids) {
      try {
        process.kill(Number(pid), signal);
      } catch {
        // It has ended.
      }
    }
    return pids.length;
  }

  #isOfJob(pid: string, node: string | undefined): boolean {
    try {
      if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return false;
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('slurmstepd:')) {
        const log = this.#file(`log/slurmd-${node ?? ''}`);
        return readdirSync(`/proc/${pid}/fd`).some((fd) =>
          readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(log),
        );
      }
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const has = (entry: string) => environment.includes(entry);
      const isOurs =
        has(`SLURM_CONF=${this.environment.SLURM_CONF}`) &&
        environment.some((one) => one.startsWith('SLURM_JOB_ID='));
      return isOurs && (node === undefined || has(`SLURMD_NODENAME=${node}`));
    } catch {
      return false;
    }
  }

  #removeCgroups(): void {
    if (!this.limitsMemory) return;
    // Empty ones only can be removed, so that nothing of another Slurm goes with them.
    spawnSync('sh', ['-c', 'find /sys/fs/cgroup/*/slurm_n* -depth -type d -exec rmdir {} \\; 2>/dev/null']);
  }

  #complaints(): string {
    const files = existsSync(this.#file('log')) ? readdirSync(this.#file('log')) : [];
    const lines = files.flatMap((name) => readFileSync(this.#file(`log/${name}`), 'utf8').split('\n'));
    return [...new Set(lines.filter((line) => /error|fatal/.test(line)))].slice(-20).join('\n');
  }

  async #configure(): Promise<void> {
    const { nodes, cpus = 4, memory = 4000, gpus = 0, accounts, more = [] } = this.#setup;
    for (const folder of ['home', 'etc', 'run', 'state', 'spool', 'log']) mkdirSync(this.#file(folder));
    for (const folder of ['', 'etc', 'run', 'spool', 'log']) chmodSync(this.#file(folder), 0o755);
    chmodSync(this.#file('state'), 0o700);
    writeFileSync(this.#file('etc/munge.key'), randomBytes(1024), { mode: 0o600 });
    const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
    const hosts = existsSync('/etc/hosts') ? readFileSync('/etc/hosts', 'utf8') : '';
    writeFileSync(
      this.#file('etc/hosts'),
      `${hosts}\n127.0.0.1 localhost munged database dbd ctld ${names.join(' ')}\n`,
    );
    const base = await freePorts(nodes + 2);
    const user = userInfo().username;
    const file = (name: string) => this.#file(name);
    const track = this.limitsMemory
      ? ['ProctrackType=proctrack/cgroup', 'TaskPlugin=task/cgroup']
      : ['ProctrackType=proctrack/linuxproc', 'TaskPlugin=task/none'];
    const gres = gpus === 0 ? '' : ` Gres=gpu:${gpus}`;
    // Of a single node or port the list would be refused.
    const list = (from: number, to: number) => (from === to ? String(from) : `[${from}-${to}]`);
    const lines = [
      'ClusterName=local',
      'SlurmctldHost=localhost(127.0.0.1)',
      `SlurmctldPort=${base}`,
      `SlurmUser=${user}`,
      `SlurmdUser=${user}`,
      'CommunicationParameters=NoCtldInAddrAny,NoInAddrAny',
      'AuthType=auth/munge',
      'CredType=cred/munge',
      `AuthInfo=socket=${file('run/munge.socket')},cred_expire=5`,
      `StateSaveLocation=${file('state')}`,
      `SlurmdSpoolDir=${file('spool')}/%n`,
      `SlurmctldPidFile=${file('run/slurmctld.pid')}`,
      `SlurmdPidFile=${file('run/slurmd-%n.pid')}`,
      `SlurmctldLogFile=${file('log/slurmctld.log')}`,
      `SlurmdLogFile=${file('log/slurmd-%n.log')}`,
      `FirstJobId=${base * 1000 + 1}`,
      ...track,
      'JobAcctGatherType=jobacct_gather/linux',
      'JobAcctGatherFrequency=2',
      'MpiDefault=none',
      'MailProg=/bin/true',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core_Memory',
      'DefMemPerCPU=500',
      'SlurmdParameters=config_overrides',
      'PreemptType=preempt/partition_prio',
      'PreemptMode=REQUEUE',
      'SchedulerParameters=bf_interval=1,sched_interval=2',
      'SlurmdTimeout=8',
      'MessageTimeout=3',
      'KillWait=5',
      'MinJobAge=60',
      'ReturnToService=2',
      ...(gpus === 0 ? [] : ['GresTypes=gpu']),
      `NodeName=n${list(1, nodes)} NodeAddr=127.0.0.1 Port=${list(base + 1, base + nodes)} CPUs=${cpus} RealMemory=${memory}${gres} State=UNKNOWN`,
      'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE PriorityTier=1',
      'PartitionName=high Nodes=ALL MaxTime=INFINITE PriorityTier=10 PreemptMode=OFF',
      'PartitionName=short Nodes=ALL MaxTime=10 PriorityTier=1',
      ...(accounts === undefined ? [] : this.#configureAccounts(base + nodes + 1)),
      ...more,
    ];
    writeFileSync(file('etc/slurm.conf'), `${lines.join('\n')}\n`);
    const cgroup = [
      'CgroupPlugin=cgroup/v1',
      'CgroupAutomount=no',
      'ConstrainRAMSpace=yes',
      'ConstrainSwapSpace=yes',
    ];
    if (this.limitsMemory) writeFileSync(file('etc/cgroup.conf'), `${cgroup.join('\n')}\n`);
    // slurmd asks only whether it is a device: so these serve as GPUs.
    const fake = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].slice(0, gpus);
    writeFileSync(file('etc/gres.conf'), fake.map((name) => `Name=gpu File=/dev/${name}\n`).join(''));
  }

  /** @returns the lines of slurm.conf that name the daemon of the accounts */
  #configureAccounts(port: number): string[] {
    const lines = [
      'DbdHost=localhost',
      'DbdAddr=127.0.0.1',
      `DbdPort=${port}`,
      `SlurmUser=${userInfo().username}`,
      'AuthType=auth/munge',
      `AuthInfo=socket=${this.#file('run/munge.socket')}`,
      'StorageType=accounting_storage/mysql',
      'StorageHost=localhost',
      'StorageLoc=accounts',
      `PidFile=${this.#file('run/slurmdbd.pid')}`,
      `LogFile=${this.#file('log/slurmdbd.log')}`,
    ];
    // slurmdbd looks for it beside slurm.conf, and takes none that others may read.
    writeFileSync(this.#file('etc/slurmdbd.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
    return [
      'AccountingStorageType=accounting_storage/slurmdbd',
      'AccountingStorageHost=127.0.0.1',
      `AccountingStoragePort=${port}`,
      `AccountingStoragePass=${this.#file('run/munge.socket')}`,
    ];
  }
}

/** Its standard input closes when this process ends, whatever ends it. In a session of its own: Ctrl-C does not reach it. */
function watchdog(directory: string): ChildProcess {
  const script = fileURLToPath(new URL('slurmWatchdog.sh', import.meta.url));
  const child = spawn('sh', [script, directory], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // Of a process that has nothing else to do the pipe shall not keep it from ending.
  (child.stdin as Socket).unref();
  return child;
}

/** Polls until something holds. @throws after `seconds` */
export async function until(seconds: number, what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  while (!holds()) {
    if (performance.now() > deadline)
      throw new Error(`${seconds} s have passed, and it does not hold: ${what}`);
    await sleep(100);
  }
}

/** The first of `count` free ports in a row, below the range that clients are given. */
async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 10_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(base + i)));
    if (free.every((one) => one)) return base;
  }
  throw new Error('no free ports');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
