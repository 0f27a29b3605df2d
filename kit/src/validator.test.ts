import { create, type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { CreateTaskRequestSchema } from "@todo/proto/todo/task/v1/task_service";
import { describe, expect, it } from "vitest";
import { services } from "./services.ts";
import { validator } from "./validator.ts";

describe("the validator", () => {
  it.each([
    ["a plain title", "Buy milk", "valid"],
    ["emoji and combining marks", "👩‍👩‍👧‍👦 é", "valid"],
    ["a bell", "ring\u0007", "invalid"],
    ["a line break", "two\nlines", "invalid"],
  ])("takes a title with %s as the contract says", (_, title, kind) => {
    expect(validator.validate(CreateTaskRequestSchema, create(CreateTaskRequestSchema, { title })).kind).toBe(
      kind,
    );
  });

  it("understands every pattern of the contracts, and none repeats a repetition", () => {
    const patterns = [...messages()].flatMap((message) => message.fields.flatMap(patternsOf));
    expect(patterns.length).toBeGreaterThan(5);
    for (const pattern of patterns) {
      expect(() => new RegExp(pattern, "u"), pattern).not.toThrow();
      expect(pattern).not.toMatch(/[*+}]\)[*+{]/);
    }
  });
});

function* messages(): Iterable<DescMessage> {
  const seen = new Set<DescMessage>();
  const open = services.flatMap(({ methods }) => methods.map(({ input }) => input));
  for (let message = open.pop(); message !== undefined; message = open.pop()) {
    if (seen.has(message)) continue;
    seen.add(message);
    yield message;
    open.push(...message.fields.flatMap((field) => (field.message === undefined ? [] : [field.message])));
  }
}

function patternsOf(field: DescField): string[] {
  if (!hasOption(field, fieldRules)) return [];
  const { type } = getOption(field, fieldRules);
  const rules = type.case === "repeated" ? type.value.items?.type : type;
  return rules?.case === "string" && rules.value.pattern !== "" ? [rules.value.pattern] : [];
}
