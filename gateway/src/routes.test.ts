import { Idempotency, methodRule } from "@todo/kit/policy";
import { catalogue } from "@todo/kit/services";
import { describe, expect, it } from "vitest";
import { exposedRoutes, nameOf } from "#src/routes.ts";
import { type TestMethod, testService } from "#src/testing/contract.ts";

const policy = { callers: ["gateway"], issuers: ["gateway"], exposed: true, scope: "tasks:read" };
const routesOf = (...methods: TestMethod[]) =>
  exposedRoutes([{ service: testService(...methods), app: "task" }]);

describe("the contracts", () => {
  const all = catalogue.flatMap(({ service }) => service.methods);

  it("expose as many methods as there are routes, and not the others", () => {
    const offered = exposedRoutes().map(({ method }) => nameOf(method));
    const internal = all.filter((method) => !methodRule(method).exposed).map(nameOf);
    expect(offered.length + internal.length).toBe(all.length);
    expect(internal).toContain("todo.identity.v1.AuthService/Exchange");
    expect(internal.filter((name) => offered.includes(name))).toEqual([]);
  });

  it("ask for credentials and a scope everywhere", () => {
    const open = exposedRoutes().filter(({ needsCaller, rule }) => !needsCaller || rule.scope === "");
    expect(open.map(({ method }) => nameOf(method))).toEqual([]);
  });
});

describe("a contract", () => {
  it("without a word about exposure exposes nothing", () => {
    expect(routesOf({ name: "Get", policy: {} })).toEqual([]);
  });

  it("may expose a method to callers without credentials", () => {
    const open = routesOf({ name: "Get", policy: { callers: ["gateway"], exposed: true } });
    expect(open).toMatchObject([{ needsCaller: false, app: "task" }]);
  });

  it.each<[string, Omit<TestMethod, "name">]>([
    ["may not call", { policy: { ...policy, callers: ["search"] } }],
    ["may not assert a user", { policy: { ...policy, issuers: ["chat"] } }],
    ["may not assert a user", { policy: { ...policy, issuers: [] } }],
    ["carries no stream of requests", { policy, streamsRequests: true }],
    ["carries no stream of requests", { policy, streamsRequests: true, streamsAnswers: true }],
    ["has no such field", { policy: { ...policy, idempotency: Idempotency.BY_REQUEST_ID } }],
  ])("that contradicts itself stops the start: the gateway %s", (text, method) => {
    expect(() => routesOf({ name: "Get", ...method })).toThrow(text);
  });
});
