import { methodRule } from "@todo/kit/policy";
import { type AppId, appIds, catalogue } from "@todo/kit/services";
import { describe, expect, it } from "vitest";
import { accessControl, allowedCalls, calleesOf } from "./access-policy.ts";

const pairs = appIds.flatMap((caller) => appIds.map((callee) => ({ caller, callee })));

describe("the access policies", () => {
  it.each(pairs)(
    "let $caller call of $callee what the contracts say, and nothing else",
    ({ caller, callee }) => {
      const declared = catalogue
        .filter(({ app }) => app === callee)
        .flatMap(({ service }) => service.methods)
        .filter((method) => methodRule(method).callers.includes(caller))
        .map((method) => `/${method.parent.typeName}/${method.name}`);
      const allowed = allowedCalls(callee).find((entry) => entry.caller === caller)?.paths ?? [];
      expect(allowed).toEqual(declared);
    },
  );

  it.each(appIds)("deny %s to everybody by default, and allow no wildcard and no callback", (app: AppId) => {
    const text = JSON.stringify(accessControl(app));
    expect(accessControl(app)).toMatchObject({ defaultAction: "deny", trustDomain: "public" });
    expect(text).not.toContain("*");
    expect(text).not.toContain("AppCallback");
  });

  it("keep the methods for machines from the gateway", () => {
    const paths = allowedCalls("task").find(({ caller }) => caller === "gateway")?.paths;
    expect(paths).toContain("/todo.task.v1.TaskService/CreateTask");
    expect(paths).not.toContain("/todo.task.v1.TaskService/ScanTasks");
  });

  it("let the gateway call every service, and nobody the gateway", () => {
    expect(calleesOf("gateway")).toEqual(["task", "identity", "audit", "recurrence"]);
    expect(allowedCalls("gateway")).toEqual([]);
  });
});
