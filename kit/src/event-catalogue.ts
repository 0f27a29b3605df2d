import { createRegistry, type DescMessage, type Registry } from "@bufbuild/protobuf";
import {
  AccessRefusedSchema,
  OperatorActedSchema,
  SignInFailedSchema,
  SignUpIgnoredSchema,
} from "@todo/proto/todo/audit/v1/access_event";
import { DeadLetteredSchema } from "@todo/proto/todo/audit/v1/dead_letter_event";
import {
  SessionEndedSchema,
  TokenCreatedSchema,
  TokenRevokedSchema,
  UserCreatedSchema,
  UserErasedSchema,
  UserProfileChangedSchema,
} from "@todo/proto/todo/identity/v1/user_event";
import {
  OccurrenceCompletedSchema,
  OccurrenceCreatedSchema,
  OccurrenceReopenedSchema,
  OccurrenceSkippedSchema,
  SeriesChangedSchema,
  SeriesEndedSchema,
  SeriesExhaustedSchema,
} from "@todo/proto/todo/task/v1/series_event";
import {
  TagRenamedSchema,
  TaskBlockedSchema,
  TaskCompletedSchema,
  TaskCreatedSchema,
  TaskDeletedSchema,
  TaskProgressedSchema,
  TaskPurgedSchema,
  TaskReopenedSchema,
  TaskRestoredSchema,
  TaskStateSchema,
  TaskUnblockedSchema,
  TaskUpdatedSchema,
} from "@todo/proto/todo/task/v1/task_event";
import type { AppId } from "./services.ts";

export interface Topic {
  name: string;
  /** What a record's key is, and so by what its order is kept. */
  key: "stream_id" | "task_id" | "user_id" | "origin";
  partitions: 12;
  /** `null`: kept for ever, by compaction. */
  retentionMs: number | null;
  cleanup: "delete" | "compact";
  producers: AppId[];
  /** The apps that read it through their sidecar. */
  consumers: AppId[];
  events: DescMessage[];
}

const day = 24 * 60 * 60 * 1000;

/** Every topic there is, each with its key, its life and who writes and reads it. */
export const topics: readonly Topic[] = [
  {
    name: "task.events",
    key: "stream_id",
    partitions: 12,
    retentionMs: 14 * day,
    cleanup: "delete",
    producers: ["task"],
    consumers: ["audit"],
    events: [
      TaskCreatedSchema,
      TaskUpdatedSchema,
      TaskCompletedSchema,
      TaskReopenedSchema,
      TaskDeletedSchema,
      TaskRestoredSchema,
      TaskPurgedSchema,
      TagRenamedSchema,
      TaskProgressedSchema,
      TaskBlockedSchema,
      TaskUnblockedSchema,
    ],
  },
  {
    name: "task.state",
    key: "task_id",
    partitions: 12,
    retentionMs: null,
    cleanup: "compact",
    producers: ["task"],
    consumers: [],
    events: [TaskStateSchema],
  },
  {
    name: "task.recurring",
    key: "stream_id",
    partitions: 12,
    retentionMs: 14 * day,
    cleanup: "delete",
    producers: ["task"],
    consumers: ["recurrence", "audit"],
    events: [
      SeriesChangedSchema,
      OccurrenceCompletedSchema,
      OccurrenceSkippedSchema,
      OccurrenceReopenedSchema,
      OccurrenceCreatedSchema,
      SeriesEndedSchema,
      SeriesExhaustedSchema,
    ],
  },
  {
    name: "task.audit",
    key: "user_id",
    partitions: 12,
    retentionMs: 30 * day,
    cleanup: "delete",
    producers: ["task", "identity", "audit"],
    consumers: ["audit"],
    events: [AccessRefusedSchema, SignInFailedSchema, SignUpIgnoredSchema, OperatorActedSchema],
  },
  {
    name: "user.events",
    key: "user_id",
    partitions: 12,
    retentionMs: 30 * day,
    cleanup: "delete",
    producers: ["identity"],
    consumers: ["audit", "task", "recurrence"],
    events: [
      UserCreatedSchema,
      UserProfileChangedSchema,
      UserErasedSchema,
      TokenCreatedSchema,
      TokenRevokedSchema,
      SessionEndedSchema,
    ],
  },
  {
    name: "task.events.dlq",
    key: "origin",
    partitions: 12,
    retentionMs: 30 * day,
    cleanup: "delete",
    producers: ["audit", "task", "recurrence"],
    consumers: ["audit"],
    events: [DeadLetteredSchema],
  },
];

/** The topic of our own dead letter envelopes. */
export const deadLetterTopic = "task.events.dlq";

/** The app that reads what every sidecar gave up. */
const deadLetterReader: AppId = "audit";

/** A topic to which a consumer's sidecar moves what it could not deliver: `<topic>.dlq.<app>`. */
export interface SidecarDeadLetterTopic {
  name: string;
  origin: string;
  consumer: AppId;
  partitions: 12;
  retentionMs: number;
}

/** The sidecars' dead letter topics, one for each topic and consumer. */
export function deadLetterTopics(): SidecarDeadLetterTopic[] {
  return topics.flatMap(({ name, consumers }) =>
    consumers.map((consumer) => ({
      name: deadLetterTopicOf(name, consumer),
      origin: name,
      consumer,
      partitions: 12 as const,
      retentionMs: 30 * day,
    })),
  );
}

/** Where the sidecar of an app moves what it cannot deliver from a topic. */
export function deadLetterTopicOf(topic: string, app: AppId): string {
  return `${topic}.dlq.${app}`;
}

/** The names of the topics that an app reads through its sidecar. */
export function subscriptionsOf(app: AppId): string[] {
  const read = topics.filter(({ consumers }) => consumers.includes(app)).map(({ name }) => name);
  return app === deadLetterReader ? [...read, ...deadLetterTopics().map(({ name }) => name)] : read;
}

/** Every event message. */
export const eventRegistry: Registry = createRegistry(...topics.flatMap(({ events }) => events));
