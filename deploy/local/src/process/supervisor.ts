import type { LogBounds } from "./log-file.ts";
import { type Death, ManagedProcess, type ProcessSpec } from "./managed-process.ts";
import { isGround, isSidecar } from "./stop-order.ts";

/** All processes of one system: started in any order, stopped in the right one. */
export class Supervisor implements AsyncDisposable {
  readonly processes = new Map<string, ManagedProcess>();
  readonly #places: { logs: string; pids: string; logBounds?: LogBounds | undefined };
  readonly #onDeath: (death: Death) => void;
  #stopping = false;

  constructor(o: {
    logs: string;
    pids: string;
    onDeath: (death: Death) => void;
    /** How much of each log is kept. */
    logBounds?: LogBounds;
  }) {
    this.#places = { logs: o.logs, pids: o.pids, logBounds: o.logBounds };
    this.#onDeath = o.onDeath;
  }

  /** Takes a process into care without starting it. */
  add(spec: ProcessSpec): ManagedProcess {
    if (this.#stopping) throw new Error(`${spec.name} is not started: the system stops`);
    if (this.processes.has(spec.name)) throw new Error(`there is a process ${spec.name} already`);
    const onDeath = (death: Death) => {
      if (!this.#stopping) this.#onDeath(death);
    };
    const process = new ManagedProcess(spec, { ...this.#places, onDeath });
    this.processes.set(spec.name, process);
    return process;
  }

  /** Stops everything: sidecars and apps side by side, the sidecars first to hear it, then what they stand on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const all = [...this.processes.values()];
    for (const process of all) if (isSidecar(process.name)) process.askToStop();
    await Promise.all(all.filter(({ name }) => !isGround(name)).map((process) => process.stop()));
    await Promise.all(all.map((process) => process.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
