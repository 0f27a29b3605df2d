import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { instancesOf } from "./instances.ts";
import { allocatePorts } from "./ports.ts";
import { recordedPorts, systemPorts } from "./system-ports.ts";
import { topology } from "./topology.ts";

it("the ports of a start are found again by whoever looks at the system, the gateway's own choice too", async () => {
  const root = await mkdtemp(join(tmpdir(), "todo-ports-"));
  onTestFinished(() => rm(root, { recursive: true }));
  const folder = dataFolder(root);
  const { chosen } = await allocatePorts(["chosen"], {});
  const instances = instancesOf(topology, { task: 2 });
  const started = await systemPorts(folder, instances, chosen);
  expect(started.apps["gateway"]).toMatchObject({ app: chosen, admin: chosen });
  expect(await recordedPorts(folder, instances)).toEqual(started);
  const ofApps = Object.values(started.apps).flatMap((ports) => [...new Set(Object.values(ports))]);
  expect(new Set(ofApps).size).toBe(ofApps.length);
});
