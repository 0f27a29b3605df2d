import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { EchoService } from "../test/echo.ts";
import { Idempotency, methodRule, RateClass, serviceOwner, services } from "./policy.ts";
import { appIds, catalogue, servicesOf } from "./services.ts";

describe("the rules of methods", () => {
  const methods = services.flatMap((service) => service.methods);

  it.each(methods.map((method) => [`${method.parent.typeName}/${method.name}`, method] as const))(
    "%s says who may call it, how often, and what a repetition does",
    (_name, method) => {
      const rule = methodRule(method);
      expect(rule.declared).toBe(true);
      expect(rule.callers).not.toHaveLength(0);
      expect(rule.rateClass).not.toBe(RateClass.UNSPECIFIED);
      if (rule.exposed) expect(rule.callers).toContain("gateway");
      if (rule.exposed) expect(rule.issuers).not.toHaveLength(0);
      for (const issuer of rule.issuers) expect(rule.callers).toContain(issuer);
      expect(rule.idempotency === Idempotency.READ_ONLY).toBe(method.idempotency === 1);
    },
  );

  it("reads a rule as the contract says it", () => {
    expect(methodRule(TaskService.method.createTask)).toMatchObject({
      callers: ["gateway"],
      issuers: ["gateway"],
      exposed: true,
      scope: "tasks:write",
      rateClass: RateClass.WRITE,
      idempotency: Idempotency.BY_REQUEST_ID,
    });
  });

  it("closes a method without a rule to all", () => {
    expect(methodRule(EchoService.method.say)).toMatchObject({
      declared: false,
      callers: [],
      issuers: [],
      exposed: false,
      scope: "",
    });
  });
});

describe("the catalogue of services", () => {
  it("has each service of an app once, and only apps that exist", () => {
    const names = catalogue.map(({ service, app }) => `${app} ${service.typeName}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { app } of catalogue) expect(appIds).toContain(app);
  });

  it("knows the owner of a service, and no owner of a foreign one", () => {
    expect(serviceOwner(TaskService)).toBe("task");
    expect(servicesOf("task").map(({ typeName }) => typeName)).toContain(TaskService.typeName);
    expect(() => serviceOwner(EchoService)).toThrow("kit.test.v1.EchoService");
  });
});
