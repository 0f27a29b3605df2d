import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { createConnectTransport as createBrowserTransport } from "@connectrpc/connect-web";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { bearer, type User } from "./user.ts";

const run = promisify(execFile);

/** Every way in which people and programs call the gateway. */
export function callFormsSuite(bed: () => Bed): void {
  describe("the gateway's one port", () => {
    let user: User;
    beforeAll(async () => {
      user = await bed().signUp();
    });

    const transports: [string, () => Transport][] = [
      ["Connect over HTTP/1.1", () => createConnectTransport({ ...options(), httpVersion: "1.1" })],
      ["Connect over HTTP/2", () => createConnectTransport({ ...options(), httpVersion: "2" })],
      [
        "Connect in JSON",
        () => createConnectTransport({ ...options(), httpVersion: "1.1", useBinaryFormat: false }),
      ],
      ["Connect GET", () => createConnectTransport({ ...options(), httpVersion: "1.1", useHttpGet: true })],
      ["gRPC", () => createGrpcTransport(options())],
      ["gRPC-Web", () => createGrpcWebTransport({ ...options(), httpVersion: "1.1" })],
      ["a browser's client", () => createBrowserTransport(options())],
    ];
    const options = () => ({ baseUrl: bed().url, interceptors: [bearer(user.token)] });

    it.each(transports)("serves a generated client over %s", async (form, transport) => {
      const client = createClient(TaskService, transport());
      const { task } = await client.createTask({ title: `over ${form}` });
      const { task: again } = await client.getTask({ id: task?.id ?? "" });
      expect(again).toMatchObject({ id: task?.id, title: `over ${form}` });
    });

    it("serves plain curl with JSON", async () => {
      const { stdout } = await run("curl", [
        "-sS",
        `${bed().url}/todo.task.v1.TaskService/CreateTask`,
        ...["-H", `authorization: Bearer ${user.token}`, "-H", "content-type: application/json"],
        ...["-d", '{"title":"over curl"}'],
      ]);
      expect(JSON.parse(stdout)).toMatchObject({ task: { title: "over curl", priority: "PRIORITY_MEDIUM" } });
    });

    it("serves grpcurl by reflection", async () => {
      const listed = await grpcurl("list");
      expect(listed.split("\n")).toContain("todo.task.v1.TaskService");
      expect(listed).not.toContain("AuthService");
      const created = await grpcurl("-d", '{"title":"over grpcurl"}', "todo.task.v1.TaskService/CreateTask");
      expect(JSON.parse(created)).toMatchObject({ task: { title: "over grpcurl" } });
    });

    it("answers health checks of both kinds [R091, R092]", async () => {
      expect(JSON.parse(await grpcurl("grpc.health.v1.Health/Check"))).toEqual({ status: "SERVING" });
      for (const path of ["live", "ready", "startup"])
        expect((await fetch(`${bed().url}/health/${path}`)).status).toBe(200);
      for (const path of ["health", "ready"]) expect((await fetch(`${bed().url}/${path}`)).status).toBe(200);
      expect((await fetch(`${bed().url}/metrics`)).status).toBe(404);
    });

    async function grpcurl(...args: string[]): Promise<string> {
      const flags = args[0] === "-d" ? args.splice(0, 2) : [];
      const address = new URL(bed().url).host;
      const { stdout } = await run(bed().grpcurl, [
        ...["-plaintext", "-max-time", "15", "-H", `authorization: Bearer ${user.token}`],
        ...flags,
        address,
        ...args,
      ]);
      return stdout;
    }
  });
}
