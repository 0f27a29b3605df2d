/** The gateway, put together as ever, but for direct ways to the services in place of its sidecar. */

import { startGatewayApp } from "@todo/gateway/app";
import { readGatewayConfig } from "@todo/gateway/config";
import { createLogger } from "@todo/kit/log";
import { directMesh } from "@todo/kit/mesh";
import type { AppId } from "@todo/kit/services";
import { serveParent } from "#src/child/serve-parent.ts";

await serveParent(process, async (env) => {
  const { addresses, appApiTokens } = JSON.parse(env["SERVICES"] ?? "") as {
    addresses: Partial<Record<AppId, string>>;
    appApiTokens: Partial<Record<AppId, string>>;
  };
  const log = createLogger({ service: "gateway" });
  const mesh = directMesh({ addresses, appApiTokens, log });
  const gateway = await startGatewayApp(readGatewayConfig(env), { mesh, log });
  return {
    port: gateway.port,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await mesh[Symbol.asyncDispose]();
    },
  };
});
