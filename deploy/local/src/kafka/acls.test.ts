import { readFile } from "node:fs/promises";
import { join } from "node:path";
import kafkajs from "kafkajs";
import { describe, expect, it } from "vitest";
import { repository } from "../repository.ts";
import { wantedAcls } from "./acls.ts";

const { AclOperationTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** The rights that the file says, read line by line: each as user, resource, name, pattern and operation. */
function rightsIn(text: string): string[] {
  const found: string[] = [];
  let [user, right]: [string, string[]] = ["", []];
  for (const line of text.split("\n")) {
    const [, indent = "", key = "", value = ""] = /^( *(?:- )?)(\w+): (.*)$/.exec(line) ?? [];
    if (key === "name" && indent.length === 4) user = value;
    if (key === "resource") right = [value];
    if ((key === "name" && indent.length > 4) || key === "pattern") right.push(value);
    if (key === "operations")
      for (const operation of value.slice(1, -1).split(", "))
        found.push([user, ...right, operation].join(" "));
  }
  return found;
}

function nameIn(names: Readonly<Record<string, unknown>>, value: number): string {
  return Object.keys(names).find((name) => names[name] === value) ?? "";
}

describe("the access control list for a cluster", () => {
  it("is the one that a broker of ours gets [R068]", async () => {
    const wanted = wantedAcls().map((entry) =>
      [
        entry.principal.slice("User:".length),
        nameIn(AclResourceTypes, entry.resourceType).toLowerCase(),
        entry.resourceName,
        nameIn(ResourcePatternTypes, entry.resourcePatternType).toLowerCase(),
        nameIn(AclOperationTypes, entry.operation),
      ].join(" "),
    );
    const said = rightsIn(await readFile(join(repository, "deploy/kafka/acls.yaml"), "utf8")).map((right) =>
      right.replace(/\w+$/, (one) => one.toUpperCase()),
    );
    expect(said.length).toBeGreaterThan(20);
    expect(said.sort()).toEqual(wanted.sort());
  });
});
