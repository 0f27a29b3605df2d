import { setTimeout as sleep } from "node:timers/promises";
import { topology } from "@todo/local/topology";
import type { Bed } from "./bed.ts";
import { auditGroup, forgetOffsets, lagOf } from "./consumer-group.ts";

/** Something that goes wrong while users are at work. */
export interface Fault {
  readonly name: string;
  /** Whether callers lose the gateway itself, so that nobody can answer them. */
  readonly gatewayDies?: boolean;
  /** Makes it happen and end. Says when it ended, as of `performance.now()`: what a supervisor then does is recovery. */
  strike(bed: Bed): Promise<number>;
}

const apps = topology.map(({ id }) => `app:${id}`);
const sidecars = topology.map(({ id }) => `daprd:${id}`);

/** All faults, which come one at a time. A new app of the topology has its share. */
export const faults: readonly Fault[] = [
  away("kafka", 20_000),
  away("postgres", 10_000),
  // Longer than a sidecar would take to call its app unhealthy.
  away("app:audit", 20_000),
  ...[...apps, ...sidecars, "sentry", "kafka"].flatMap((name) => [killed(name), terminated(name)]),
  killed("postgres"),
  died("postgres", "SIGQUIT"),
  // Fast shutdown; on SIGTERM it would wait for its clients.
  died("postgres", "SIGINT"),
  ...[...apps, ...sidecars, "kafka"].map((name) => frozen(name, 10_000)),
  // Last, when much lies on the topic.
  redelivery(),
];

function killed(name: string): Fault {
  return died(name, "SIGKILL");
}

function terminated(name: string): Fault {
  return died(name, "SIGTERM");
}

/** A process ends and a supervisor starts it again at once. */
function died(name: string, signal: NodeJS.Signals): Fault {
  return {
    name: `${titleOf(name)}: ${signal}`,
    gatewayDies: name === "app:gateway",
    async strike(bed) {
      await end(bed, name, signal);
      const ended = performance.now();
      await bed.process(name).start();
      return ended;
    },
  };
}

/** A process is gone for a while. */
function away(name: string, forMs: number): Fault {
  return {
    name: `${titleOf(name)}: away for ${forMs / 1000} s`,
    async strike(bed) {
      await end(bed, name, "SIGKILL");
      await sleep(forMs);
      const ended = performance.now();
      await bed.process(name).start();
      return ended;
    },
  };
}

/** A process neither works nor dies. */
function frozen(name: string, forMs: number): Fault {
  return {
    name: `${titleOf(name)}: frozen for ${forMs / 1000} s`,
    async strike(bed) {
      await bed.process(name).kill("SIGSTOP");
      await sleep(forMs);
      await bed.process(name).kill("SIGCONT");
      return performance.now();
    },
  };
}

/** Everything that lies on the topic comes a second time. */
function redelivery(): Fault {
  return {
    name: "audit: all events delivered again",
    async strike(bed) {
      await end(bed, "daprd:audit", "SIGTERM");
      await forgetOffsets(bed.brokers, auditGroup);
      if ((await lagOf(bed.brokers, auditGroup)) === 0n) throw new Error("nothing is delivered again");
      const ended = performance.now();
      await bed.process("daprd:audit").start();
      return ended;
    },
  };
}

async function end(bed: Bed, name: string, signal: NodeJS.Signals): Promise<void> {
  const process = bed.process(name);
  const gone = process.exited();
  await process.kill(signal);
  await gone;
}

/** `app:task` is the app, `daprd:task` its sidecar. */
function titleOf(name: string): string {
  const [kind, app] = name.split(":");
  if (app === undefined) return name;
  return kind === "daprd" ? `${app}'s sidecar` : app;
}
