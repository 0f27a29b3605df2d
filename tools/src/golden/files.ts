import type { DescMessage } from "@bufbuild/protobuf";
import { encodeCloudEvent } from "@todo/kit/cloud-event";
import { type Topic, topics } from "@todo/kit/event-catalogue";
import { sampleOf, sampleTime, sampleUuid } from "./sample.ts";

/** A golden event that is in the repository. */
export interface GoldenFile {
  readonly name: string;
  readonly text: string;
}

/** What is missing of the golden events: for each type whose newest one is not what is published today, a next one. */
export function missingGolden(found: readonly GoldenFile[]): GoldenFile[] {
  return topics.flatMap((topic) =>
    topic.events.flatMap((desc) => {
      const versions = found.filter(({ name }) => typeOf(name) === desc.typeName).sort(byVersion);
      const text = publishedToday(topic, desc);
      const newest = versions.at(-1);
      if (newest?.text === text) return [];
      return [{ name: `${desc.typeName}.${versionOf(newest?.name) + 1}.json`, text }];
    }),
  );
}

/** The type of a golden event by the name of its file: `<type>.<version>.json`. */
function typeOf(name: string): string {
  return name.replace(/\.\d+\.json$/, "");
}

function versionOf(name: string | undefined): number {
  return Number(/\.(\d+)\.json$/.exec(name ?? "")?.[1] ?? 0);
}

function byVersion(a: GoldenFile, b: GoldenFile): number {
  return versionOf(a.name) - versionOf(b.name);
}

/** The bytes that a service would publish now, by the code that publishes. */
function publishedToday(topic: Topic, desc: DescMessage): string {
  const { value } = encodeCloudEvent(desc, sampleOf(desc), {
    id: sampleUuid(desc.typeName),
    source: topic.producers[0] ?? "",
    subject: sampleUuid("subject"),
    time: sampleTime,
    userId: sampleUuid("user_id"),
    sequence: 42n,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  });
  return value?.toString() ?? "";
}
