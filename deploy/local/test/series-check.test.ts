import { createLogger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import { testDatabase } from "@todo/kit/testing/database";
import { migrations } from "@todo/recurrence/migrations";
import pg from "pg";
import { expect, it } from "vitest";
import { series } from "#src/doctor/checks/series.ts";
import type { Reach } from "#src/doctor/reach.ts";

const log = createLogger({ service: "doctor", level: "silent" });

it("the doctor names series that stand still, wait for task, or are due and forgotten", async () => {
  await using stack = new AsyncDisposableStack();
  const { adminUrl, rolePassword: password } = stack.use(await testDatabase("doctor"));
  await migrate({ adminUrl, schema: "recurrence", role: "todo_recurrence", password, migrations, log });
  const pool = stack.adopt(new pg.Pool({ connectionString: adminUrl, max: 1 }), (open) => open.end());
  const rows = async (sql: string, values: readonly unknown[] = []) =>
    (await pool.query(sql, [...values])).rows;
  const found = async () => {
    const findings = await series.look({ rows, now: () => new Date() } as unknown as Reach);
    return findings.map(({ level, what }) => `${level}: ${what}`);
  };
  expect(await found()).toEqual(["ok: every series goes on"]);

  const ages = { parked: "10 minutes", waiting: "6 minutes", fresh: "1 minute" };
  for (const [what, age] of Object.entries(ages)) {
    await rows(
      `insert into recurrence.pending_advance (series_id, user_id, version, request, create_time, due_time, park_time)
       values (uuidv7(), uuidv7(), 1, '{}', now() - $1::interval, now(), case when $2 = 'parked' then now() end)`,
      [age, what],
    );
    await rows(
      `insert into recurrence.series_state (series_id, user_id, version, active, plan, wake_at, tzdata)
       values (uuidv7(), uuidv7(), 1, true, '{}', case when $2 <> 'parked' then now() - $1::interval end, '')`,
      [age, what],
    );
  }
  expect(await found()).toEqual([
    "fault: 1 series stand still: task did not take their next occurrence",
    "fault: 1 series wait for task for more than 300 s",
    "fault: 1 series are due for more than 300 s, and nobody looks at them",
  ]);
});
