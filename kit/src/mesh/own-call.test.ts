import { create } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerUnaryCall, status } from "@grpc/grpc-js";
import { Health, HealthCheckRequestSchema } from "@todo/proto/grpc/health/v1/health";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { definitionOf } from "./definition.ts";
import { ownCall } from "./own-call.ts";

describe("an app's call to itself", () => {
  let sidecar: Server;
  let address: string;
  let answer: number | "nothing";
  let calls: ServerUnaryCall<unknown, unknown>[];
  beforeEach(async () => {
    calls = [];
    sidecar = new Server();
    const { path, input, output } = definitionOf(Health.method.check);
    const codecs = {
      requestSerialize: input.serialize,
      requestDeserialize: input.deserialize,
      responseSerialize: output.serialize,
      responseDeserialize: output.deserialize,
    };
    const check = { path, requestStream: false, responseStream: false, ...codecs } as const;
    sidecar.addService({ check } as never, {
      check: (
        call: ServerUnaryCall<unknown, unknown>,
        done: (error: object | null, value?: unknown) => void,
      ) => {
        calls.push(call);
        if (answer === status.OK) done(null, create(Health.method.check.output));
        else if (answer !== "nothing") done({ code: answer, details: "no host found" });
      },
    });
    const bound = Promise.withResolvers<number>();
    sidecar.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? bound.reject(error) : bound.resolve(port),
    );
    address = `127.0.0.1:${await bound.promise}`;
  });
  afterEach(() => sidecar.forceShutdown());

  const toTask = (timeoutMs?: number) =>
    ownCall({ app: "task", address, apiToken: "secret", ...(timeoutMs && { timeoutMs }) });

  it.each([status.OK, status.PERMISSION_DENIED])(
    "comes through with the code %s, which shows that its name was found",
    async (code) => {
      answer = code;
      using call = toTask();
      await call();
      const { metadata, request } = calls[0] ?? {};
      expect(metadata?.getMap()).toMatchObject({ "dapr-app-id": "task", "dapr-api-token": "secret" });
      expect(request).toEqual(create(HealthCheckRequestSchema));
    },
  );

  it("fails with the code where the name is not found", async () => {
    answer = status.UNKNOWN;
    using call = toTask();
    await expect(call()).rejects.toMatchObject({ name: "MeshError", code: "UNKNOWN" });
  });

  it("fails in time where the sidecar is frozen, and is gone", async () => {
    answer = "nothing";
    using call = toTask(50);
    await expect(call()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    sidecar.forceShutdown();
    using later = toTask(200);
    await expect(later()).rejects.toMatchObject({ name: "MeshError" });
  });

  it("is made once for all who ask at the same time", async () => {
    answer = status.OK;
    using call = toTask();
    await Promise.all([call(), call(), call()]);
    expect(calls).toHaveLength(1);
    await call();
    expect(calls).toHaveLength(2);
  });
});
