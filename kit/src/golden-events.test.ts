import { readdirSync, readFileSync } from "node:fs";
import { type JsonObject, toJson } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { decodeEvent, parseCloudEvent } from "./cloud-event.ts";
import { eventRegistry, topics } from "./event-catalogue.ts";
import { validator } from "./validator.ts";

const folder = new URL("../test/golden/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const typeOf = (file: string) => file.replace(/\.\d+\.json$/, "");
const topicOf = (type: string) =>
  topics.find(({ events }) => events.some((event) => event.typeName === type));

describe("the golden events", () => {
  it("are there for every type of the catalogue, and their versions have no gap", () => {
    for (const { typeName } of topics.flatMap(({ events }) => events)) {
      const versions = files.filter((file) => typeOf(file) === typeName).map(versionOf);
      expect(versions.length, typeName).toBeGreaterThan(0);
      expect(
        versions.sort((a, b) => a - b),
        typeName,
      ).toEqual(versions.map((_, i) => i + 1));
    }
  });

  it.each(files)("%s is still on a topic, and understood in full [R067]", (file) => {
    const value = readFileSync(new URL(file, folder));
    const topic = topicOf(typeOf(file));
    expect(topic).toBeDefined();
    const record = { topic: topic?.name ?? "", partition: 3, offset: 7n, key: "k", value, headers: {} };
    const parsed = parseCloudEvent(value);
    const event = decodeEvent(parsed, record, eventRegistry);
    const envelope = JSON.parse(value.toString()) as JsonObject;
    expect(event).toMatchObject({
      id: envelope["id"],
      type: typeOf(file),
      source: envelope["source"],
      subject: envelope["subject"],
      userId: envelope["userid"],
      traceparent: envelope["traceparent"],
      time: new Date(String(envelope["time"])),
    });
    const desc = eventRegistry.getMessage(event.type);
    if (desc === undefined) throw new Error(`${event.type} is no event`);
    // A field that was renamed or taken away would be passed over as unknown, and be missing here.
    expect(toJson(desc, event.data)).toEqual(envelope["data"]);
    expect(validator.validate(desc, event.data).kind).toBe("valid");
  });
});

function versionOf(file: string): number {
  return Number(/\.(\d+)\.json$/.exec(file)?.[1]);
}
