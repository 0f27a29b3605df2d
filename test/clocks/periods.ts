import { stat } from "node:fs/promises";
import { join } from "node:path";
import { clientOf } from "@todo/kit/kafka-connection";
import { shownCertificate } from "@todo/local/mesh/shown-certificate";
import { Kafka, logLevel } from "kafkajs";
import { query } from "../faults/query.ts";
import type { SoakBed, SoakSettings } from "../soak/bed.ts";

/**
 * The settings that shorten whatever comes round only every few minutes, hours or days, so that each does within some
 * twenty seconds.
 */
export const shortPeriods: SoakSettings = {
  // Sidecars renew in the middle of a validity that begins a minute before it is signed: here after 25 s.
  workloadCertificateTtl: "110s",
  workloadTokens: { lifetime: 60, renewEvery: 15 },
  kafkaProperties: {
    "log.retention.check.interval.ms": 5_000,
    "log.segment.delete.delay.ms": 1_000,
    "offsets.retention.minutes": 1,
    "offsets.retention.check.interval.ms": 10_000,
  },
  appEnvironment: {
    task: {
      DATABASE_IDLE_MS: "200",
      ANSWER_SWEEP_MS: "10000",
      PURGE_MS: "10000",
      ERASURE_SWEEP_MS: "10000",
    },
    identity: { DATABASE_IDLE_MS: "200", SWEEP_MS: "10000", KEY_ROTATION_SECONDS: "31" },
    audit: { DATABASE_IDLE_MS: "200", INBOX_SWEEP_MS: "10000" },
    recurrence: { DATABASE_IDLE_MS: "200", SWEEP_MS: "10000" },
  },
};

/** The topics whose records go soon; and how soon, in milliseconds. */
export const shortTopics = {
  names: ["task.events", "task.recurring"],
  retentionMs: 15_000,
  segmentMs: 10_000,
};

/** Something that comes round again and again. */
export interface Period {
  readonly name: string;
  /**
   * What changes when it comes round, by place: a period has come round as often as it was seen to change everywhere.
   */
  look(bed: SoakBed): Promise<ReadonlyMap<string, string>>;
}

/** Everything that comes round, but for the jobs of services, which count themselves. */
export const periods: readonly Period[] = [
  { name: "the certificates of sidecars are renewed", look: certificates },
  { name: "the tokens are written anew by which sidecars prove themselves", look: workloadTokens },
  { name: "the keys are exchanged by which users' tokens are signed", look: signingKeys },
  { name: "idle connections of the database are closed", look: connections },
  { name: "topics forget their oldest records", look: firstRecords },
];

async function certificates(bed: SoakBed): Promise<Map<string, string>> {
  const shown = [...bed.sidecarPorts].map(
    async ([name, port]) => [name, `${(await shownCertificate(port))?.from}`] as const,
  );
  return new Map(await Promise.all(shown));
}

async function workloadTokens(bed: SoakBed): Promise<Map<string, string>> {
  const written = [...bed.sidecarPorts.keys()].map(async (name) => {
    const { mtimeMs } = await stat(join(bed.folder, "secrets", name, "sentry-token"));
    return [name, `${mtimeMs}`] as const;
  });
  return new Map(await Promise.all(written));
}

async function signingKeys(bed: SoakBed): Promise<Map<string, string>> {
  const [row] = await query<{ keys: string }>(bed, `select count(*) as keys from identity.jwks`);
  return new Map([["identity", row?.keys ?? ""]]);
}

async function connections(bed: SoakBed): Promise<Map<string, string>> {
  // A relay listens on a connection of its own, which is to stay.
  const rows = await query<{ app: string; pids: string }>(
    bed,
    `select application_name as app, string_agg(pid::text, ',' order by pid) as pids
     from pg_stat_activity where usename = 'todo_' || application_name group by 1`,
  );
  return new Map(rows.map(({ app, pids }) => [app, pids]));
}

async function firstRecords({ kafka }: SoakBed): Promise<Map<string, string>> {
  const admin = new Kafka({ clientId: "clocks", ...clientOf(kafka), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const lows = shortTopics.names.map(async (topic) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      const first = offsets.reduce((sum, { low }) => sum + BigInt(low), 0n);
      return [topic, `${first}`] as const;
    });
    return new Map(await Promise.all(lows));
  } finally {
    await admin.disconnect();
  }
}

/** Lets the topics forget soon. */
export async function shortenTopics({ kafka }: SoakBed): Promise<void> {
  const admin = new Kafka({ clientId: "clocks", ...clientOf(kafka), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const configEntries = [
    { name: "retention.ms", value: `${shortTopics.retentionMs}` },
    { name: "segment.ms", value: `${shortTopics.segmentMs}` },
  ];
  try {
    // 2: a topic (Kafka's ConfigResource.Type).
    const resources = shortTopics.names.map((name) => ({ type: 2, name, configEntries }));
    await admin.alterConfigs({ validateOnly: false, resources });
  } finally {
    await admin.disconnect();
  }
}
