import { setTimeout as sleep } from "node:timers/promises";
import { ProcessDiedError } from "@todo/local/process/managed-process";
import type { Bed } from "../bed.ts";
import type { Fault } from "../fault.ts";

/** A process is killed, and a supervisor starts it again at once. */
export function killed(name: string): Fault {
  return died(name, "SIGKILL");
}

/** A process ends and a supervisor starts it again at once. */
export function died(name: string, signal: NodeJS.Signals): Fault {
  return {
    name: `${titleOf(name)}: ${signal}`,
    kind: `${tierOf(name)} ends`,
    gatewayDies: name === "app:gateway",
    breaks: [name],
    async strike(bed) {
      await end(bed, name, signal);
      const ended = performance.now();
      await startAgain(bed, name);
      return ended;
    },
  };
}

/** A process is gone for a while. */
export function away(name: string, forMs: number, rule: Pick<Fault, "readiness"> = {}): Fault {
  return {
    name: `${titleOf(name)}: away for ${forMs / 1000} s`,
    kind: `${titleOf(name)} away`,
    breaks: [name],
    ...rule,
    async strike(bed) {
      await end(bed, name, "SIGKILL");
      await sleep(forMs);
      const ended = performance.now();
      await startAgain(bed, name);
      return ended;
    },
  };
}

/** A process neither works nor dies. */
export function frozen(name: string, forMs: number): Fault {
  return {
    name: `${titleOf(name)}: frozen for ${forMs / 1000} s`,
    kind: "frozen",
    breaks: [name],
    async strike(bed) {
      await bed.process(name).kill("SIGSTOP");
      await sleep(forMs);
      await bed.process(name).kill("SIGCONT");
      return performance.now();
    },
  };
}

/** A sidecar starts again while nobody can certify it. */
export function uncertified(app: string, forMs: number): Fault {
  return {
    name: `sentry: away for ${forMs / 1000} s while ${app}'s sidecar restarts`,
    kind: "sentry away",
    breaks: ["sentry", `daprd:${app}`],
    async strike(bed) {
      await end(bed, "sentry", "SIGKILL");
      await end(bed, `daprd:${app}`, "SIGTERM");
      const started = startAgain(bed, `daprd:${app}`);
      await Promise.race([sleep(forMs), started]);
      const ended = performance.now();
      await Promise.all([startAgain(bed, "sentry"), started]);
      return ended;
    },
  };
}

/** Ends a process and waits until it is gone. */
export async function end(bed: Bed, name: string, signal: NodeJS.Signals): Promise<void> {
  const process = bed.process(name);
  const gone = process.exited();
  await process.kill(signal);
  await gone;
}

/** What a supervisor does: starts a process, and again if it ends for want of something else that is broken. */
export async function startAgain(bed: Bed, name: string): Promise<void> {
  const patience = AbortSignal.timeout(120_000);
  for (;;) {
    try {
      return await bed.process(name).start(patience);
    } catch (error) {
      if (!(error instanceof ProcessDiedError) || patience.aborted) throw error;
    }
    await sleep(500);
  }
}

/** `app:task` is the app, `daprd:task` its sidecar. */
export function titleOf(name: string): string {
  const [kind, part] = name.split(":");
  if (part === undefined) return name;
  if (kind === "kafka") return `broker ${part}`;
  return kind === "daprd" ? `${part}'s sidecar` : part;
}

function tierOf(name: string): string {
  const [kind, part] = name.split(":");
  if (part === undefined) return "ground";
  return kind === "daprd" ? "sidecar" : "app";
}
