import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { sidecarMesh } from "@todo/kit/mesh";
import { methodRule } from "@todo/kit/policy";
import { type AppId, appIds, catalogue } from "@todo/kit/services";
import { AppCallback } from "@todo/proto/dapr/proto/runtime/v1/appcallback";
import { describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";

const pairs = catalogue.flatMap(({ service, app: callee }) =>
  service.methods.flatMap((method) =>
    appIds.filter((caller) => caller !== callee).map((caller) => ({ caller, callee, method })),
  ),
);
const refused = pairs.filter(({ caller, method }) => !methodRule(method).callers.includes(caller));
const allowed = pairs.filter(({ caller, method }) => methodRule(method).callers.includes(caller));

/** The mesh lets through what the contracts allow, and nothing else. */
export function accessSuite(bed: () => Bed): void {
  describe("the mesh's access policy", () => {
    it.each(refused.map((pair) => [pair.caller, name(pair.method), pair] as const))(
      "refuses %s to call %s [R084]",
      async (caller, _, { callee, method }) => {
        const error = await callThroughSidecar(bed(), caller, callee, method);
        expect(error).toMatchObject({ code: Code.PermissionDenied });
        expect(error.rawMessage).toContain(`/ns/default/${caller}`);
      },
    );

    it.each(allowed.map((pair) => [pair.caller, name(pair.method), pair] as const))(
      "lets %s call %s as far as the service's own checks",
      async (caller, _, { callee, method }) => {
        const error = await callThroughSidecar(bed(), caller, callee, method);
        expect(error.rawMessage).not.toContain("/ns/default/");
        expect([Code.Unauthenticated, Code.InvalidArgument]).toContain(error.code);
      },
    );

    it.each(appIds.filter((app) => app !== "gateway"))(
      "refuses to deliver a forged event to %s",
      async (callee) => {
        const caller = appIds.find((app) => app !== callee) ?? "gateway";
        const error = await callThroughSidecar(bed(), caller, callee, AppCallback.method.onTopicEvent);
        expect(error).toMatchObject({ code: Code.PermissionDenied });
      },
    );

    it.each(appIds)("refuses a call through the sidecar of %s without its token", async (app) => {
      await using mesh = sidecarMesh({ address: bed().sidecar(app).grpc, apiToken: "wrong", log: bed().log });
      const error = await firstCall(mesh.transport("task"), catalogue[0]?.service.methods[0]);
      expect(error).toMatchObject({ code: Code.Unauthenticated });
    });

    it.each(appIds)("speaks no plain text on the internal port of %s's sidecar [R084, R158]", async (app) => {
      expect(await plainTextAnswer(bed().sidecar(app).internalPort)).not.toContain(
        "\u0000\u0000\u0000\u0004",
      );
    });

    it.each(appIds)("shows the identity of %s to peers, and asks for theirs [R084]", async (app) => {
      const seen = await handshake(bed().sidecar(app).internalPort, bed().ca);
      expect(seen).toEqual({
        identity: `URI:spiffe://public/ns/default/${app}`,
        refusedWithoutCertificate: true,
      });
    });

    it("gives no certificate to an app that forges its identity", async () => {
      const outcome = await bed().startForgedSidecar("task");
      expect(outcome).toMatchObject({ becameReady: false });
      expect(outcome.log).toMatch(/PermissionDenied|permission denied/i);
    });
  });
}

function name(method: DescMethod): string {
  return `${method.parent.typeName}.${method.name}`;
}

async function callThroughSidecar(
  bed: Bed,
  caller: AppId,
  callee: AppId,
  method: DescMethod,
): Promise<ConnectError> {
  const sidecar = bed.sidecar(caller);
  await using mesh = sidecarMesh({ address: sidecar.grpc, apiToken: sidecar.apiToken, log: bed.log });
  return await firstCall(mesh.transport(callee), method);
}

/** The error of a call with an empty request: every method refuses one way or another. */
async function firstCall(
  transport: Parameters<typeof createClient>[1],
  method: DescMethod | undefined,
): Promise<ConnectError> {
  if (method === undefined) throw new Error("no method");
  const client = createClient(method.parent, transport) as unknown as Record<
    string,
    (request: object) => Promise<unknown>
  >;
  try {
    await client[method.localName]?.({});
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new ConnectError("the call was let through and succeeded", Code.Unknown);
}

function plainTextAnswer(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectPlain({ host: "127.0.0.1", port });
    let seen = "";
    socket.setTimeout(30_000, () => socket.destroy(new Error("the peer neither answered nor closed")));
    socket.on("data", (data) => {
      seen += data.toString("latin1");
    });
    socket.on("close", () => resolve(seen));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve(seen) : reject(error),
    );
    // As one segment: a second one might meet a socket that the peer has closed.
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", "latin1");
  });
}

function handshake(
  port: number,
  ca: string,
): Promise<{ identity: string | undefined; refusedWithoutCertificate: boolean }> {
  return new Promise((resolve) => {
    let identity: string | undefined;
    const socket = connectTls({
      host: "127.0.0.1",
      port,
      ca,
      ALPNProtocols: ["h2"],
      checkServerIdentity: () => undefined,
    });
    socket.setTimeout(30_000, () => socket.destroy());
    socket.on("secureConnect", () => {
      identity = socket.authorized ? socket.getPeerCertificate().subjectaltname : undefined;
    });
    let refusedWithoutCertificate = false;
    socket.on("error", () => {
      refusedWithoutCertificate = true;
    });
    socket.on("close", () => resolve({ identity, refusedWithoutCertificate }));
  });
}
