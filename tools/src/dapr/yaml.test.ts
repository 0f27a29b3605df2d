import { describe, expect, it } from "vitest";
import { daprFiles } from "./files.ts";
import { placeholder, printYaml } from "./yaml.ts";

describe("printed YAML", () => {
  it("is block style, with short lists in a line", () => {
    const document = {
      kind: "A",
      spec: { names: ["one", "two"], rules: [{ name: "/a.B/C", action: "allow" }], on: true },
    };
    expect(printYaml("One.\nTwo.", [document, { count: 1 }])).toBe(
      `# One.
# Two.
kind: A
spec:
  names: [one, two]
  rules:
    - name: /a.B/C
      action: allow
  "on": true
---
count: 1
`,
    );
  });

  it.each(["true", "no", "1.18", "", "a: b", "^x$", "24h", "-", "#x"])(
    "quotes what YAML could misread: %j",
    (text) => {
      expect(printYaml("", [{ value: text }])).toContain(`value: ${JSON.stringify(text)}`);
    },
  );
});

describe("the files of deploy/dapr", () => {
  it("leave to who deploys exactly these values", () => {
    const names = Object.values(daprFiles()).flatMap((text) => text.match(/\$\{[A-Z_]+\}/g) ?? []);
    const wanted = [
      "IDENTITY_JWKS",
      "KAFKA_AUTH_TYPE",
      "KAFKA_BROKERS",
      "KAFKA_CA",
      "KAFKA_DISABLE_TLS",
      "NAME_RESOLUTION",
      "NAME_RESOLUTION_DATABASE",
      "TRACE_SAMPLING_RATE",
      "WORKLOAD_CERTIFICATE_TTL",
    ];
    expect([...new Set(names)].sort()).toEqual(wanted.map(placeholder).sort());
  });
});
