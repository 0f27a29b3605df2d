import type { DescMessage } from "@bufbuild/protobuf";
import { type Topic, topics } from "../event-catalogue.ts";

/**
 * How topics are called and events written for readers outside, besides our own way: as the first constitution has it
 * (R048, one topic for each type, and the JSON v1 of R050), or as the specification of phase V has it (R049, R051).
 */
export const namings = ["canonical", "s0", "s3"] as const;
export type Naming = (typeof namings)[number];
export type ForeignNaming = Exclude<Naming, "canonical">;

/** The names of S0 by the name of the message; what is neither is an update. */
const taskTopics: Readonly<Record<string, string>> = {
  TaskCreated: "todo.tasks.created",
  TaskCompleted: "todo.tasks.completed",
  TaskDeleted: "todo.tasks.deleted",
  TaskPurged: "todo.tasks.deleted",
};
const taskUpdates = "todo.tasks.updated";

/** The names of S3 by ours. */
const streams: Readonly<Record<string, string>> = {
  "task.events": "todo-events",
  "task.recurring": "todo-events",
  "user.events": "user-events",
  "chat.events": "chat-events",
};

/** The topic that has an event under a naming; none: this naming has no name for it. */
export function foreignTopicOf(naming: ForeignNaming, topic: string, event: string): string | undefined {
  if (naming === "s3") return streams[topic];
  if (topic !== "task.events") return undefined;
  return taskTopics[event] ?? taskUpdates;
}

/** A topic under a foreign name. It keeps its records, and their order, as the topic that it repeats. */
export interface ForeignTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number | null;
}

/** The topics of a naming, for what the catalogue knows. */
export function foreignTopics(naming: Naming): ForeignTopic[] {
  if (naming === "canonical") return [];
  const found = topics.flatMap(({ name, partitions, retentionMs, events }) =>
    events.flatMap((event): ForeignTopic[] => {
      const foreign = foreignTopicOf(naming, name, event.name);
      return foreign === undefined ? [] : [{ name: foreign, partitions, retentionMs }];
    }),
  );
  return [...new Map(found.map((topic) => [topic.name, topic])).values()];
}

/** What a topic is called under the namings that have a name for it. */
export function foreignNamesOf({ name, events }: Pick<Topic, "name" | "events">): string[] {
  const named = events.flatMap((event) =>
    namings.map((naming) => (naming === "canonical" ? undefined : foreignTopicOf(naming, name, event.name))),
  );
  return [...new Set(named)].filter((foreign) => foreign !== undefined);
}

/** Every foreign name of every topic. */
export function allForeignNames(): string[] {
  return [...new Set(topics.flatMap(foreignNamesOf))];
}

/** `TaskCompleted` as S1 writes it: `task.completed`. */
export function dottedType(event: Pick<DescMessage, "name">): string {
  return wordsOf(event.name).join(".").toLowerCase();
}

/** `TaskCompleted` as S3 writes it: `TASK_COMPLETED`. */
export function constantType(event: Pick<DescMessage, "name">): string {
  return wordsOf(event.name).join("_").toUpperCase();
}

function wordsOf(name: string): string[] {
  return name.split(/(?=[A-Z])/);
}
