import { randomBytes, randomUUID } from "node:crypto";
import { migrations } from "@todo/audit/migrations";
import { openPool } from "@todo/kit/database";
import { createLogger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import { testDatabase } from "@todo/kit/testing/database";
import { expect, it } from "vitest";
import { chains } from "#src/doctor/checks/chains.ts";
import type { Reach } from "#src/doctor/reach.ts";

const log = createLogger({ service: "doctor", level: "silent" });

it("the doctor walks a chain whose newest entry is gone before those that were written to last", async () => {
  await using stack = new AsyncDisposableStack();
  const { adminUrl, rolePassword: password } = stack.use(await testDatabase("doctor-chains"));
  await migrate({ adminUrl, schema: "audit", role: "todo_audit", password, migrations, log });
  const pool = stack.adopt(openPool({ url: adminUrl, schema: "audit", size: 1, name: "test" }), (open) =>
    open.end(),
  );
  const rows = async (sql: string, values: readonly unknown[] = []) =>
    (await pool.query(sql, [...values])).rows;
  const [written, taken] = [randomUUID(), randomUUID()];
  const head = "insert into audit.chain_head (user_id, number, hash) values ($1, 1, $2)";
  for (const user of [written, taken]) await rows(head, [user, randomBytes(32)]);
  await rows(
    `insert into audit.entry (user_id, number, event_id, type, source, subject, event_time, record_time, trace_id, fields, sealed, hash)
     values ($1, 1, 'event', 'type', '/source', '', now(), now(), '', '{}', '', $2)`,
    [written, randomBytes(32)],
  );
  const found = await chains.look({ rows, databaseUrl: adminUrl } as unknown as Reach);
  expect(found.map(({ what }) => what)).toEqual([
    `the chain of user ${taken} from entry 1 is broken`,
    `the chain of user ${written} from entry 1 is broken`,
  ]);
});
