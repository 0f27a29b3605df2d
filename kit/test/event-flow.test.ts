import { createMemoryBus } from "@todo/kit/memory-bus";
import { startRelay } from "@todo/kit/relay";
import { createSubscriber, once } from "@todo/kit/subscribe";
import { collectSpans } from "@todo/kit/testing/traces";
import { span } from "@todo/kit/trace";
import { UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { anEvent, eventBed, recordAll, schema } from "./event-bed.ts";

const collector = collectSpans();

it("carries a change from the outbox to its effect in one trace, once, in order [R045] [R056] [R064]", async () => {
  await using bed = await eventBed();
  await using bus = createMemoryBus();
  await using relay = await startRelay({
    pool: bed.pool,
    listenUrl: bed.url,
    schema,
    publisher: bus.publisher,
    log: bed.log,
  });
  bus.subscribe(
    createSubscriber({
      app: "audit",
      database: bed.database,
      subscriptions: {
        "user.events": [
          once(UserErasedSchema, async (event, tx) => {
            await span("effect", {}, () =>
              sql`insert into effect (event_id, note) values (${event.id}, ${`${event.key}:${event.subject}`})`.execute(
                tx,
              ),
            );
          }),
        ],
      },
      log: bed.log,
    }),
  );
  await span("change", {}, () =>
    recordAll(bed.database, [anEvent("u1", 1), anEvent("u1", 2), anEvent("u2", 1)]),
  );
  relay.kick();
  await relay.drained();
  await bus.drained();

  const { rows } = await bed.pool.query("select note from effect order by note");
  expect(rows.map(({ note }) => note)).toEqual(["u1:u1", "u1:u1", "u2:u2"]);
  const spans = collector.spans();
  const change = spans.find(({ name }) => name === "change")?.spanContext();
  const consumed = spans.filter(({ name }) => name === "consume user.events");
  expect(consumed.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
    Array(3).fill(change?.spanId),
  );
  const effects = spans.filter(({ name }) => name === "effect");
  expect(effects.map((one) => one.spanContext().traceId)).toEqual(Array(3).fill(change?.traceId));
});

it("delivers again what is answered with RETRY and keeps what comes after it waiting [R056] [R065]", async () => {
  await using bus = createMemoryBus({ topics: [{ name: "t", partitions: 1 }] });
  const answers = ["RETRY", "RETRY", "SUCCESS", "DROP", "SUCCESS"] as const;
  const delivered: string[] = [];
  bus.subscribe({
    topics: ["t"],
    deliver: async ({ key }) => answers[delivered.push(key) - 1] ?? "SUCCESS",
    redrive: async () => ({ redriven: 0, left: 0 }),
  });
  const records = ["a", "b", "c"].map((key) => ({ key, value: Buffer.from(key), headers: {} }));
  await bus.publisher.append("t", 0, records, new AbortController().signal);
  await bus.drained();
  expect(delivered).toEqual(["a", "a", "a", "b", "c"]);
});
