import { type DescField, type DescMessage, hasOption, ScalarType } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { describe, expect, it } from "vitest";
import { topics } from "./event-catalogue.ts";
import { Idempotency, methodRule } from "./policy.ts";
import { issuerIds, services } from "./services.ts";

const methods = services.flatMap((service) => service.methods);
const roots = [
  ...methods.flatMap(({ input, output }) => [input, output]),
  ...topics.flatMap(({ events }) => events),
];

describe("the contracts", () => {
  it("have a rule on every field whose size or values could be anything", () => {
    const without = [...reachable(roots)].flatMap(({ typeName, fields }) =>
      fields
        .filter((field) => needsRule(field) && !hasOption(field, fieldRules))
        .map(({ name }) => `${typeName}.${name}`),
    );
    expect(without).toEqual([]);
  });

  it("say of every method who may call it", () => {
    expect(methods.filter((method) => !methodRule(method).declared)).toEqual([]);
  });

  it("let the gateway alone call what is exposed, but for rules, and ask for a user and a scope there", () => {
    const alsoOfTask = ["ValidateRule", "PreviewOccurrences"];
    for (const method of methods.filter((each) => methodRule(each).exposed)) {
      const apps = alsoOfTask.includes(method.name) ? ["gateway", "task"] : ["gateway"];
      expect(methodRule(method), method.name).toMatchObject({ callers: apps, issuers: apps });
      expect(methodRule(method).scope, method.name).toMatch(/^[a-z]+:(read|write)$/);
    }
  });

  it("name only apps that exist, or that a later contract brings", () => {
    const named = new Set(
      methods.flatMap((method) => [...methodRule(method).callers, ...methodRule(method).issuers]),
    );
    expect([...named].filter((app) => !(issuerIds as readonly string[]).includes(app))).toEqual(["search"]);
  });

  it("let no app and nobody from outside do what only an operator may", () => {
    const ofOperators = methods.filter((method) => methodRule(method).callers.includes("operator"));
    expect(ofOperators.length).toBeGreaterThan(0);
    for (const method of ofOperators) {
      const wanted = { callers: ["operator"], issuers: ["operator"], exposed: false };
      expect(methodRule(method), method.name).toMatchObject(wanted);
    }
  });

  it("call a method free of side effects exactly where its policy calls it read-only", () => {
    for (const method of methods) {
      const readOnly = methodRule(method).idempotency === Idempotency.READ_ONLY;
      expect(method.idempotency === 1, method.name).toBe(readOnly);
    }
  });

  it("give every write that repeats by request_id that field", () => {
    for (const method of methods) {
      if (methodRule(method).idempotency !== Idempotency.BY_REQUEST_ID) continue;
      expect(
        method.input.fields.map(({ name }) => name),
        method.name,
      ).toContain("request_id");
    }
  });
});

/** The messages of ours that can be reached from some. */
function* reachable(from: readonly DescMessage[]): Iterable<DescMessage> {
  const seen = new Set<DescMessage>();
  const open = [...from];
  for (let message = open.pop(); message !== undefined; message = open.pop()) {
    if (seen.has(message) || !message.typeName.startsWith("todo.")) continue;
    seen.add(message);
    yield message;
    open.push(...message.fields.flatMap((field) => (field.message === undefined ? [] : [field.message])));
  }
}

/** Truth values have no further rule, messages carry their own, and counters of 64 bits have no end. */
function needsRule(field: DescField): boolean {
  if (field.fieldKind === "list" || field.fieldKind === "map" || field.fieldKind === "enum") return true;
  return (
    field.fieldKind === "scalar" && field.scalar !== ScalarType.BOOL && field.scalar !== ScalarType.UINT64
  );
}
