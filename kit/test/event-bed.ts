import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Migration } from "@mikro-orm/migrations";
import { type AnyKysely, kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { inboxTableSql, outboxTableSql, parkedTableSql } from "@todo/kit/event-tables";
import { createLogger, type Logger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import { type OutgoingEvent, record } from "@todo/kit/outbox";
import { testDatabase } from "@todo/kit/testing/database";
import { type UserErased, UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import type pg from "pg";

export const schema = "audit";
export const role = "todo_audit";

class Tables extends Migration {
  override up(): void {
    this.addSql(outboxTableSql(schema));
    this.addSql(inboxTableSql(schema));
    this.addSql(parkedTableSql(schema));
    this.addSql(`create table effect (seq bigint generated always as identity, event_id text, note text);
      grant select, insert on effect to ${role};
      grant truncate on effect, outbox, inbox, applied, parked to ${role};`);
  }
}

export const migrations = [{ name: "001-tables", migration: Tables }];

export interface EventBed extends AsyncDisposable {
  adminUrl: string;
  rolePassword: string;
  /** The DSN of the service's role. */
  url: string;
  pool: pg.Pool;
  database: AnyKysely;
  log: Logger;
}

/** A database with the event tables of one service, and its role's pool. */
export async function eventBed(): Promise<EventBed> {
  await using stack = new AsyncDisposableStack();
  const test = stack.use(await testDatabase("kit"));
  const log = createLogger({ service: "test", level: "silent" });
  await migrate({ ...test, schema, role, password: test.rolePassword, migrations, log });
  const url = serviceUrl(test.adminUrl, role, test.rolePassword);
  const pool = stack.adopt(openPool({ url, schema, size: 8, name: "kit test" }), (one) => one.end());
  const owned = stack.move();
  return {
    ...test,
    url,
    pool,
    database: kyselyOn(pool),
    log,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An event of the catalogue whose `userId` names the stream and whose position can be found again as `sequence`. */
export function anEvent(streamId: string, position: number, topic = "user.events"): OutgoingEvent {
  const time = new Date(1_800_000_000_000 + position);
  return {
    topic,
    message: create(UserErasedSchema, { userId: streamId, time: timestampFromDate(time) }) as UserErased,
    subject: streamId,
    key: streamId,
    streamId,
    position: BigInt(position),
    userId: streamId,
    time,
  };
}

/** Records events in a transaction of their own. */
export function recordAll(database: AnyKysely, events: readonly OutgoingEvent[]): Promise<void> {
  return database.transaction().execute((tx: AnyKysely) => record(tx, "audit", events));
}
