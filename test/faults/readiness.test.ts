import { describe, expect, it } from "vitest";
import { allReadyAt, type Look, readinessBreaches, unreadyApps } from "./readiness.ts";

const fault = { struck: 1_000, ended: 20_000 };
const look = (app: string, begun: number, ready: boolean): Look => ({ app, begun, ended: begun + 10, ready });

describe("the looks of the probes", () => {
  it("break no rule if what is lost says so soon and to the end, and what is kept says nothing", () => {
    const looks = [
      look("task", 500, true),
      look("task", 1_100, true),
      look("task", 3_000, false),
      look("task", 19_000, false),
      look("task", 21_000, true),
      look("gateway", 1_500, true),
    ];
    expect(readinessBreaches({ lost: ["task"], kept: ["gateway"] }, looks, fault)).toEqual([]);
    expect(unreadyApps(looks, fault.struck, 21_000)).toEqual(["task"]);
    expect(allReadyAt(looks, fault.ended)).toBeUndefined();
    expect(allReadyAt(looks, 1_200)).toBe(21_010);
  });

  it.each([
    ["never says that it is not ready", [look("task", 2_000, true)], "did not soon say"],
    ["says so late", [look("task", 9_000, false)], "did not soon say"],
    ["says so only once", [look("task", 2_000, false), look("task", 9_000, true)], "ready again"],
  ])("break the rule if an app that cannot work %s", (_, looks, breach) => {
    const [found = ""] = readinessBreaches({ lost: ["task"] }, looks, fault);
    expect(found).toContain(breach);
  });

  it("break the rule if an app that can work says that it is not ready, or nobody looked", () => {
    expect(readinessBreaches({ kept: ["task"] }, [look("task", 2_000, false)], fault)).toHaveLength(1);
    expect(readinessBreaches({ kept: ["task"] }, [look("task", 500, true)], fault)).toHaveLength(1);
  });
});
