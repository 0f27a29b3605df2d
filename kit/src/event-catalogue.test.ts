import { readdirSync, readFileSync } from "node:fs";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { expect, it } from "vitest";
import {
  deadLetterTopic,
  deadLetterTopics,
  eventRegistry,
  subscriptionsOf,
  topics,
} from "./event-catalogue.ts";
import { catalogue } from "./services.ts";

it("knows every message of every event contract", () => {
  const root = new URL("../../proto/todo/", import.meta.url);
  const contracts = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith("_event.proto"),
  );
  const declared = contracts.flatMap((file) => {
    const text = readFileSync(new URL(file, root), "utf8");
    const pkg = /^package (.+);$/m.exec(text)?.[1];
    return [...text.matchAll(/^message (\w+) \{$/gm)].map(([, name]) => `${pkg}.${name}`);
  });
  const events = declared.filter((name) => !name.endsWith(".ChangeContext"));
  expect(events.length).toBeGreaterThan(10);
  expect(events.filter((name) => eventRegistry.getMessage(name) === undefined)).toEqual([]);
});

it("gives each event to one topic and each topic twelve partitions", () => {
  const names = topics.flatMap(({ events }) => events.map(({ typeName }) => typeName));
  expect(new Set(names).size).toBe(names.length);
  expect(topics.every(({ partitions }) => partitions === 12)).toBe(true);
});

it("lets audit read every topic but the compacted state, and every dead letter topic of the sidecars", () => {
  const read = subscriptionsOf("audit");
  for (const { name, cleanup } of topics) expect(read.includes(name)).toBe(cleanup === "delete");
  for (const { name } of deadLetterTopics()) expect(read).toContain(name);
  expect(new Set([...topics, ...deadLetterTopics()].map(({ name }) => name)).size).toBe(
    topics.length + deadLetterTopics().length,
  );
});

it("lets every consumer write its dead letters", () => {
  const dlq = topics.find(({ name }) => name === deadLetterTopic);
  for (const { consumers } of topics) {
    for (const app of consumers) expect(dlq?.producers).toContain(app);
  }
});

it("has what waits at every consumer served by it", () => {
  const consumers = new Set(topics.flatMap(({ consumers }) => consumers));
  const serving = catalogue.filter(({ service }) => service === ParkedEventsService).map(({ app }) => app);
  expect(new Set(serving)).toEqual(consumers);
});
