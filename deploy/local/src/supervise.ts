import type { Start } from "./preparation.ts";
import { type RestartOptions, Restarts } from "./process/restarts.ts";

/** Starts again what dies of a running system, until it is disposed of. */
export function supervise({ deaths, supervisor }: Start, o: RestartOptions): AsyncDisposable {
  const restarts = new Restarts(o);
  deaths.supervise = (death) => {
    const process = supervisor.processes.get(death.name);
    if (process !== undefined) restarts.died(process, death);
  };
  return {
    async [Symbol.asyncDispose]() {
      deaths.supervise = undefined;
      await restarts[Symbol.asyncDispose]();
    },
  };
}
