import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type DataFolder, dataFolder } from "./data-folder.ts";
import { instancesOf } from "./instances.ts";
import { allocatePorts } from "./ports.ts";
import { recordedPorts, type SystemPorts, systemPorts } from "./system-ports.ts";
import { topology } from "./topology.ts";

async function newFolder(): Promise<DataFolder> {
  const root = await mkdtemp(join(tmpdir(), "todo-ports-"));
  onTestFinished(() => rm(root, { recursive: true }));
  return dataFolder(root);
}

/** Each port once, as often as something listens on it. */
const listenedTo = ({ apps }: SystemPorts) =>
  Object.values(apps).flatMap((ports) => [...new Set(Object.values(ports))]);

it("the ports of a start are found again by whoever looks at the system, the gateway's own choice too", async () => {
  const folder = await newFolder();
  const { chosen } = await allocatePorts(["chosen"], {});
  const instances = instancesOf(topology, { task: 2 });
  const started = await systemPorts(folder, instances, chosen);
  expect(started.apps["gateway"]).toMatchObject({ app: chosen });
  expect(started.apps["gateway"]?.admin).not.toBe(chosen);
  expect(await recordedPorts(folder, instances)).toEqual(started);
  const ports = listenedTo(started);
  expect(new Set(ports).size).toBe(ports.length);
});

it("the port that is chosen for the gateway is nobody else's, whoever had it at the last start", async () => {
  const folder = await newFolder();
  const instances = instancesOf(topology, {});
  const before = await systemPorts(folder, instances, undefined);
  const chosen = before.apps["task"]?.app;
  const ports = listenedTo(await systemPorts(folder, instances, chosen));
  expect(ports.filter((port) => port === chosen)).toHaveLength(1);
});
