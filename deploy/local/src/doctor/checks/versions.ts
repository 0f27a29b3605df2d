import type { Instance } from "../../instances.ts";
import { daprVersion } from "../../toolchain/dapr.ts";
import { type Check, unless, warning } from "../check.ts";
import type { Reach } from "../reach.ts";

const postgresMajor = 18;

/** Whether the parts are those that this version of the system was tested with. */
export const versions: Check = {
  name: "versions",
  async look(system) {
    const [row] = await system.rows<{ version: number }>(
      "select current_setting('server_version_num')::integer / 10000 as version",
    );
    const postgres = row?.version ?? 0;
    const sidecars = await Promise.all(system.instances.map((instance) => sidecarVersion(system, instance)));
    const strange = [...new Set(sidecars)].filter((version) => version !== daprVersion);
    const cure = "install the version that is named, or take away what names another";
    const wrong = [
      ...(postgres === postgresMajor ? [] : [warning(`Postgres is ${postgres}, not ${postgresMajor}`, cure)]),
      ...strange.map((version) => warning(`a sidecar is ${version}, not ${daprVersion}`, cure)),
    ];
    return unless(wrong, `Node ${process.versions.node}, Postgres ${postgres}, Dapr ${daprVersion}`);
  },
};

async function sidecarVersion({ ports, apiToken }: Reach, { entry, name }: Instance): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${ports.apps[name]?.daprHttp}/v1.0/metadata`, {
    headers: { "dapr-api-token": await apiToken(entry.id), connection: "close" },
    signal: AbortSignal.timeout(3_000),
  });
  const { runtimeVersion } = (await answer.json()) as { runtimeVersion?: string };
  return runtimeVersion ?? "unknown";
}
