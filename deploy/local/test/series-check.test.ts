import { openPool } from "@todo/kit/database";
import { createLogger } from "@todo/kit/log";
import { migrate } from "@todo/kit/migrate";
import { testDatabase } from "@todo/kit/testing/database";
import { migrations as recurrence } from "@todo/recurrence/migrations";
import { migrations as task } from "@todo/task/migrations";
import { expect, it } from "vitest";
import { series } from "#src/doctor/checks/series.ts";
import type { Reach } from "#src/doctor/reach.ts";

const log = createLogger({ service: "doctor", level: "silent" });

it("the doctor names series that stand still, wait for task, or are due and forgotten", async () => {
  await using stack = new AsyncDisposableStack();
  const { adminUrl, rolePassword: password } = stack.use(await testDatabase("doctor"));
  const schemas = { recurrence, task };
  for (const [schema, migrations] of Object.entries(schemas))
    await migrate({ adminUrl, schema, role: `todo_${schema}`, password, migrations, log });
  const pool = stack.adopt(openPool({ url: adminUrl, schema: "task", size: 1, name: "test" }), (open) =>
    open.end(),
  );
  const rows = async (sql: string, values: readonly unknown[] = []) =>
    (await pool.query(sql, [...values])).rows;
  const found = async () => {
    const findings = await series.look({ rows, now: () => new Date() } as unknown as Reach);
    return findings.map(({ level, what }) => `${level}: ${what}`);
  };
  expect(await found()).toEqual(["ok: every series goes on"]);

  const ages = { parked: "10 minutes", waiting: "6 minutes", fresh: "1 minute" };
  const ids: string[] = [];
  for (const [what, age] of Object.entries(ages)) {
    const [row] = await rows(
      `insert into recurrence.pending_advance (series_id, user_id, version, request, create_time, due_time, park_time)
       values (uuidv7(), uuidv7(), 1, '{}', now() - $1::interval, now(), case when $2 = 'parked' then now() end)
       returning series_id`,
      [age, what],
    );
    ids.push(row.series_id);
  }
  const insert = `insert into recurrence.series_state (series_id, user_id, version, active, plan, wake_at, tzdata)
    select uuidv7(), uuidv7(), 1, true, '{}', now() - $1::interval, '' from generate_series(1, $2)
    returning series_id`;
  await rows(insert, ["1 minute", 1]);
  const due = (await rows(insert, ["6 minutes", 7])).map((row) => row.series_id).sort();
  expect(await found()).toEqual([
    `fault: 1 series stand still, since task did not take their next occurrence: ${ids[0]}`,
    `fault: 1 series wait for task for more than 300 s: ${ids[1]}`,
    `fault: 7 series are due for more than 300 s, and nobody looks at them: ${due.slice(0, 5).join(", ")}, ...`,
  ]);
});
