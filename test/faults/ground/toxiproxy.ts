import { join } from "node:path";
import type { ProcessSpec } from "@todo/local/process/managed-process";
import { answers } from "@todo/local/process/wait";
import { repository } from "@todo/local/repository";
import { cacheFolder, type Report } from "@todo/local/toolchain/cache";
import { toxiproxy } from "@todo/local/toolchain/toxiproxy";

/** How to start the server whose wires can be made bad. */
export async function toxiproxySpec(o: {
  environment: Readonly<Record<string, string | undefined>>;
  report: Report;
  port: number;
  cwd: string;
}): Promise<ProcessSpec> {
  const { environment: env, report, port, cwd } = o;
  const module = join(repository, "deploy/local/toxiproxy");
  return {
    name: "toxiproxy",
    command: await toxiproxy({ cache: cacheFolder(env), env, module, report }),
    args: ["-host", "127.0.0.1", "-port", `${port}`],
    env: {},
    cwd,
    probe: (signal) => answers(`http://127.0.0.1:${port}/version`, signal),
    readyWithin: 10_000,
    stopWithin: 5_000,
  };
}

/** Something bad about a wire, in toxiproxy's words; it is on the way of the answers unless it says otherwise. */
export interface Toxic {
  readonly type: "latency" | "bandwidth" | "timeout" | "reset_peer";
  readonly stream?: "upstream" | "downstream";
  readonly attributes: Readonly<Record<string, number>>;
}

/** A wire between two parts of the system. */
export interface Wire {
  /** Breaks what is connected, and refuses what comes. */
  cut(): Promise<void>;
  spoil(toxic: Toxic): Promise<void>;
  heal(): Promise<void>;
}

/** Lays a wire from a port to another one. */
export async function layWire(
  apiPort: number,
  name: string,
  ports: { from: number; to: number },
): Promise<Wire> {
  const post = (path: string, body: object) => request(apiPort, "POST", path, body);
  const [listen, upstream] = [`127.0.0.1:${ports.from}`, `127.0.0.1:${ports.to}`];
  await post("/proxies", { name, listen, upstream, enabled: true });
  const spoiled: string[] = [];
  return {
    cut: () => post(`/proxies/${name}`, { enabled: false }),
    async spoil(toxic) {
      const toxicName = `${toxic.type}-${spoiled.length}`;
      await post(`/proxies/${name}/toxics`, { name: toxicName, stream: "downstream", ...toxic });
      spoiled.push(toxicName);
    },
    async heal() {
      for (const toxic of spoiled.splice(0))
        await request(apiPort, "DELETE", `/proxies/${name}/toxics/${toxic}`);
      await post(`/proxies/${name}`, { enabled: true });
    },
  };
}

async function request(port: number, method: string, path: string, body?: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    signal: AbortSignal.timeout(5_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`toxiproxy answered ${answer.status} to ${method} ${path}: ${text}`);
}
