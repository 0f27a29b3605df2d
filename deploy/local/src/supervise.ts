import type { Start } from "./preparation.ts";
import { type RestartOptions, Restarts } from "./process/restarts.ts";
import { watchServing } from "./process/watch-serving.ts";

/** Starts again what dies of a running system, and what does not serve any more, until it is disposed of. */
export function supervise({ deaths, supervisor }: Start, o: RestartOptions): AsyncDisposable {
  const restarts = new Restarts(o);
  deaths.supervise = (death) => {
    const process = supervisor.processes.get(death.name);
    if (process !== undefined) restarts.died(process, death);
  };
  const watch = watchServing({ processes: () => supervisor.processes.values(), restarts });
  return {
    async [Symbol.asyncDispose]() {
      deaths.supervise = undefined;
      watch[Symbol.dispose]();
      await restarts[Symbol.asyncDispose]();
    },
  };
}
