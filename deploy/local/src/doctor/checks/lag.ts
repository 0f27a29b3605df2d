import { setTimeout as sleep } from "node:timers/promises";
import { subscriptionsOf } from "@todo/kit/event-catalogue";
import type { GroupLag } from "@todo/kit/kafka-inspector";
import { type AppId, appIds } from "@todo/kit/services";
import { type Check, type Finding, fault, ok, warning } from "../check.ts";
import type { Reach } from "../reach.ts";

/** How long a lag gets to become smaller before it counts as standing still. */
const patienceMs = 6_000;

/** Whether every consumer takes what its topics hold. */
export const lag: Check = {
  name: "lag",
  async look(system) {
    const consumers = appIds.filter((app) => subscriptionsOf(app).length > 0);
    return (await Promise.all(consumers.map((app) => lagOf(system, app)))).flat();
  },
};

async function lagOf(system: Reach, app: AppId): Promise<Finding[]> {
  const topics = subscriptionsOf(app);
  const before = await system.lagOf(app, topics);
  const now = await afterwards(before, () => system.lagOf(app, topics));
  const behind = now.filter(({ lag }) => lag > 0n);
  if (behind.length === 0) return [ok(`${app} has taken everything of ${topics.length} topics`)];
  return behind.map(({ topic, lag }) => {
    const what = `${app} is ${lag} records behind on ${topic}`;
    const falls = before.some((one) => one.topic === topic && one.lag > lag);
    return falls
      ? warning(`${what} and catches up`, "wait; if it comes back, look at what the app is busy with")
      : fault(
          `${what} and takes none`,
          `see whether ${app} and its sidecar are ready, and the sidecar's log`,
        );
  });
}

/** The lag once it is gone, or what is left of it when the patience ends. */
async function afterwards(before: GroupLag[], read: () => Promise<GroupLag[]>): Promise<GroupLag[]> {
  const deadline = performance.now() + patienceMs;
  let now = before;
  while (now.some(({ lag }) => lag > 0n) && performance.now() < deadline) {
    await sleep(500);
    now = await read();
  }
  return now;
}
