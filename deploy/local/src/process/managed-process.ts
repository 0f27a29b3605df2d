import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LogBounds, LogFile, lastLine } from "./log-file.ts";
import { collectLines } from "./log-lines.ts";
import { removePidFile, writePidFile } from "./pid-file.ts";
import { eventually, messageOf, settles } from "./wait.ts";

/** How to start one process, how to know that it works, and how to end it. Times in milliseconds. */
export interface ProcessSpec {
  /** Such as `kafka` or `daprd:task`: the name of the handle, of the log file and of the pid file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process; secrets only as paths of files, where the program can take them so. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The account the process runs under, if not the launcher's. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** Succeeds when the process does its work. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly readyWithin: number;
  /** Fails when a process that runs, and was ready, does not serve any more: it is then started again. None: nobody looks. */
  readonly serves?: (signal: AbortSignal) => Promise<void>;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopWithin: number;
  /** How often a start that ended at once is tried again, for programs that wait for what they left behind. */
  readonly startAttempts?: number;
}

/** A process that ended. */
export interface Death {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastWords: string;
  readonly logFile: string;
}

export class ProcessDiedError extends Error {
  readonly death: Death;
  constructor(death: Death) {
    super(describeDeath(death));
    this.death = death;
  }
}

export function describeDeath(death: Death): string {
  const how = death.signal === null ? `exit code ${death.code}` : death.signal;
  // What was killed had no last words about it.
  const words = death.lastWords === "" || death.signal !== null ? "" : `: ${death.lastWords}`;
  return `${death.name} ended (${how})${words} - see ${death.logFile}`;
}

interface Running {
  readonly child: ChildProcess;
  readonly exit: Promise<Death>;
  /** Settles when all that it had to say is written down. */
  readonly logged: Promise<void>;
  /** Whether somebody asked for its end. */
  wanted: boolean;
  /** Whether it will be tried again if it ends before it works. */
  onTrial: boolean;
  /** Whether it was told to stop: daprd takes a second word for an order to drop everything. */
  asked: boolean;
}

/** One supervised process, which may be killed and started again. */
export class ManagedProcess implements AsyncDisposable {
  readonly spec: ProcessSpec;
  readonly logFile: string;
  readonly #pidFile: string;
  readonly #onDeath: (death: Death) => void;
  readonly #logBounds: LogBounds | undefined;
  #running: Running | undefined;

  /** @param o.onDeath told of every end that nobody asked for */
  constructor(
    spec: ProcessSpec,
    o: { logs: string; pids: string; onDeath: (death: Death) => void; logBounds?: LogBounds | undefined },
  ) {
    this.spec = spec;
    const file = spec.name.replaceAll(":", "-");
    this.logFile = join(o.logs, `${file}.log`);
    this.#pidFile = join(o.pids, `${file}.pid`);
    this.#onDeath = o.onDeath;
    this.#logBounds = o.logBounds;
  }

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Whether it runs on, as far as anybody asked: not while it is being ended. */
  get staying(): boolean {
    return this.#running !== undefined && !this.#running.wanted;
  }

  /** Starts the process and waits until it works. */
  async start(signal?: AbortSignal): Promise<void> {
    for (let left = this.spec.startAttempts ?? 1; ; left--) {
      try {
        const running = await this.#spawn({ onTrial: left > 1 });
        return await this.#ready(running, signal).finally(() => {
          running.onTrial = false;
        });
      } catch (error) {
        if (!(error instanceof ProcessDiedError) || left <= 1) throw error;
        await sleep(500);
      }
    }
  }

  /** Resolves when the process that runs now has ended, by whatever cause. */
  async exited(): Promise<Death | undefined> {
    return this.#running?.exit;
  }

  /** Sends a signal. One that ends processes is awaited, and its effect is nobody's surprise. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const ends = signal === "SIGKILL" || signal === "SIGTERM" || signal === "SIGINT";
    if (ends) running.wanted = true;
    this.#signal(running, signal);
    if (ends && !(await settles(running.exit, this.spec.stopWithin))) {
      throw new Error(`${this.name} still runs ${this.spec.stopWithin / 1000} s after ${signal}`);
    }
  }

  /** Asks the process to end and does not wait. */
  askToStop(): void {
    const running = this.#running;
    if (running === undefined || running.asked) return;
    running.wanted = true;
    running.asked = true;
    this.#signal(running, this.spec.stopSignal ?? "SIGTERM");
  }

  /** Ends the process: first by asking, and by force when its time is over. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.askToStop();
    if (await settles(running.exit, this.spec.stopWithin)) return;
    this.#signal(running, "SIGKILL");
    await settles(running.exit, 5_000);
  }

  /** Ends the process, if it runs, and starts it again. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #spawn({ onTrial }: Pick<Running, "onTrial">): Promise<Running> {
    if (this.#running !== undefined) throw new Error(`${this.name} runs already`);
    const { name, command, args, env, cwd, account, stopSignal = "SIGTERM" } = this.spec;
    // Its own group: a Ctrl-C in the terminal reaches the launcher only, which then stops everything in order.
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      ...account,
    });
    const logged = this.#collectLog(child);
    const exit = Promise.withResolvers<Death>();
    const running: Running = { child, logged, exit: exit.promise, wanted: false, asked: false, onTrial };
    this.#running = running;
    child.once("exit", (code, signal) => void this.#ended(running, code, signal).then(exit.resolve));
    child.once("error", (error) => {
      if (child.pid === undefined) void this.#ended(running, null, null, messageOf(error)).then(exit.resolve);
    });
    if (child.pid !== undefined) await writePidFile(this.#pidFile, { name, pid: child.pid, stopSignal });
    return running;
  }

  /** Its log goes through the launcher, which makes room while it runs and takes a full disk upon itself. */
  async #collectLog({ stdout, stderr }: ChildProcess): Promise<void> {
    using log = new LogFile(this.logFile, this.#logBounds);
    await Promise.all([stdout, stderr].map((stream) => stream && collectLines(stream, log)));
  }

  /** Waits until the process works; fails at once if it dies, or has died already. */
  async #ready(running: Running, signal: AbortSignal | undefined): Promise<void> {
    const end = new AbortController();
    const died = running.exit.then((death) => {
      throw new ProcessDiedError(death);
    });
    const signals = signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]);
    const works = eventually(`${this.name} is not ready`, this.spec.probe, {
      within: this.spec.readyWithin,
      signal: signals,
    });
    try {
      await Promise.race([works, died]);
    } finally {
      end.abort();
      died.catch(() => undefined);
      works.catch(() => undefined);
    }
  }

  async #ended(running: Running, code: number | null, signal: NodeJS.Signals | null, words?: string) {
    await removePidFile(this.#pidFile);
    this.#running = undefined;
    // Whoever inherited its output may hold it open for longer.
    await settles(running.logged, 500);
    const lastWords = words ?? (await lastLine(this.logFile).catch(() => ""));
    const death: Death = { name: this.name, code, signal, lastWords, logFile: this.logFile };
    if (!running.wanted && !running.onTrial) this.#onDeath(death);
    return death;
  }

  #signal(running: Running, signal: NodeJS.Signals): void {
    const { pid } = running.child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      running.child.kill(signal);
    }
  }
}
