import { describedOnce } from "@todo/kit/described-once";
import { testDatabase } from "@todo/kit/testing/database";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let stack: AsyncDisposableStack;
let client: pg.Client;
let descriptions: number;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const { adminUrl } = stack.use(await testDatabase("kit"));
  client = stack.adopt(new pg.Client({ connectionString: adminUrl }), (made) => made.end());
  await client.connect();
  descriptions = 0;
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  connection.on("rowDescription", () => descriptions++);
});
afterEach(() => stack.disposeAsync());

const rows = {
  name: "rows",
  text: "select n, n::text as text, null as nothing, array[n] as list from generate_series(1, $1::int) n",
};
const quotient = { name: "quotient", text: "select 12 / $1::int as twelfths" };

describe("a statement that is described once", () => {
  it("answers as pg does, each time", async () => {
    const plain = await client.query({ ...rows, name: "plain", values: [3] });
    for (const _ of [1, 2, 3]) {
      const { rows: got, rowCount, command, fields } = await describedOnce(client, { ...rows, values: [3] });
      expect({ got, rowCount, command }).toEqual({ got: plain.rows, rowCount: 3, command: "SELECT" });
      expect(fields.map(({ name }) => name)).toEqual(["n", "text", "nothing", "list"]);
    }
  });

  it("is described once", async () => {
    for (const count of [1, 0, 2]) await describedOnce(client, { ...rows, values: [count] });
    expect(descriptions).toBe(1);
  });

  it("keeps the rows of each time apart", async () => {
    const first = await describedOnce(client, { ...rows, values: [2] });
    const second = await describedOnce(client, { ...rows, values: [1] });
    expect([first.rows.length, second.rows.length]).toEqual([2, 1]);
  });

  it("is not mixed up with another one", async () => {
    for (const divisor of [3, 4]) {
      await describedOnce(client, { ...rows, values: [1] });
      const { rows: got } = await describedOnce(client, { ...quotient, values: [divisor] });
      expect(got).toEqual([{ twelfths: 12 / divisor }]);
    }
  });

  it("fails alone, the first time and later", async () => {
    for (const divisor of [0, 6, 0, 6]) {
      const answer = describedOnce(client, { ...quotient, values: [divisor] });
      if (divisor === 0) await expect(answer).rejects.toMatchObject({ code: "22012" });
      else expect((await answer).rows).toEqual([{ twelfths: 2 }]);
    }
  });

  it("may have no columns", async () => {
    await client.query("create temp table thing (id int)");
    const insert = { name: "insert", text: "insert into thing values ($1)" };
    for (const id of [1, 2]) {
      expect(await describedOnce(client, { ...insert, values: [id] })).toMatchObject({
        rows: [],
        rowCount: 1,
      });
    }
  });
});
