import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliveryOf, taskCreated } from "./delivery.ts";
import { type AuditFixture, startAudit } from "./fixture.ts";

let audit: AuditFixture;
beforeAll(async () => {
  audit = await startAudit();
});
afterAll(() => audit[Symbol.asyncDispose]());

async function logOf(length: number): Promise<string> {
  const user = randomUUID();
  for (let i = 0; i < length; i++) await audit.deliver(deliveryOf(taskCreated(user)));
  return user;
}

async function verify(user: string) {
  return audit.audit.verifyChain({}, await audit.as(user));
}

describe("a chain that nobody touched", () => {
  it("is intact, and its head is the hash of the newest entry", async () => {
    const ada = await logOf(3);
    const [newest] = await audit.entriesOf(ada);
    expect(await verify(ada)).toMatchObject({
      intact: true,
      entryCount: 3n,
      firstBrokenNumber: 0n,
      headHash: newest?.hash,
    });
  });

  it("is intact while it is empty, and has no head", async () => {
    const { intact, entryCount, headHash } = await verify(randomUUID());
    expect({ intact, entryCount, bytes: headHash.length }).toEqual({
      intact: true,
      entryCount: 0n,
      bytes: 0,
    });
  });

  it("is walked to its end, whatever its length", async () => {
    const ada = await logOf(230);
    expect(await verify(ada)).toMatchObject({ intact: true, entryCount: 230n });
    await audit.sql("update entry set type = type || '!' where user_id = $1 and number = 229", [ada]);
    expect(await verify(ada)).toMatchObject({ intact: false, entryCount: 230n, firstBrokenNumber: 229n });
  });
});

describe("a proof in pages", () => {
  const pages = async (
    user: string,
    pageSize: number,
    between: (page: number) => Promise<unknown> = async () => {},
  ) => {
    const seen = [await audit.audit.verifyChain({ pageSize }, await audit.as(user))];
    while (seen.at(-1)?.nextPageToken !== "") {
      await between(seen.length);
      const pageToken = seen.at(-1)?.nextPageToken ?? "";
      seen.push(await audit.audit.verifyChain({ pageSize, pageToken }, await audit.as(user)));
    }
    return seen;
  };

  it("comes to the same end in any steps, and ends at what was the newest when it began", async () => {
    const ada = await logOf(7);
    const whole = await verify(ada);
    const seen = await pages(ada, 3, () => audit.deliver(deliveryOf(taskCreated(ada))));
    expect(seen.map(({ entryCount }) => entryCount)).toEqual([3n, 6n, 7n]);
    expect(seen.at(-1)).toEqual(whole);
    expect(seen.every(({ intact }) => intact)).toBe(true);
  });

  it("finds what is changed behind it and before it meanwhile, and does not forget it", async () => {
    const change = (user: string, number: number) =>
      audit.sql("update entry set hash = sha256('x') where user_id = $1 and number = $2", [user, number]);
    const [ada, bob] = [await logOf(6), await logOf(6)];
    const behind = await pages(ada, 2, async (page) => page === 1 && change(ada, 2));
    expect(behind.map(({ firstBrokenNumber }) => firstBrokenNumber)).toEqual([0n, 2n, 2n]);
    const before = await pages(bob, 2, async (page) => page === 1 && change(bob, 5));
    expect(before.map(({ firstBrokenNumber }) => firstBrokenNumber)).toEqual([0n, 0n, 5n]);
  });

  it("can be asked for again, page by page, and by nobody else", async () => {
    const ada = await logOf(4);
    const { nextPageToken: pageToken } = await audit.audit.verifyChain({ pageSize: 2 }, await audit.as(ada));
    const again = async (user: string) => audit.audit.verifyChain({ pageToken }, await audit.as(user));
    expect(await again(ada)).toEqual(await again(ada));
    await expect(again(randomUUID())).rejects.toThrow("page_token");
  });

  it("is a shorter page rather than one past the deadline", async () => {
    const ada = await logOf(250);
    const call = { ...(await audit.as(ada)), timeoutMs: 10_000 };
    const { entryCount, intact } = await audit.audit.verifyChain({ pageSize: 2_000 }, call);
    expect([intact, entryCount > 0n]).toEqual([true, true]);
  });
});

describe("what an administrator does to a log is found:", () => {
  const changes = [
    "event_id = 'x'",
    "type = 'x'",
    "source = 'x'",
    "subject = 'x'",
    "event_time = event_time + interval '1 ms'",
    "record_time = record_time + interval '1 ms'",
    "trace_id = ''",
    "fields = fields[2:]",
    "sealed = set_byte(sealed, 20, (get_byte(sealed, 20) + 1) % 256)",
    "sealed = ''",
    "hash = sha256('x')",
    "user_id = gen_random_uuid()",
  ];
  it.each(changes)("set %s", async (change) => {
    const ada = await logOf(3);
    await audit.sql(`update entry set ${change} where user_id = $1 and number = 2`, [ada]);
    expect(await verify(ada)).toMatchObject({ intact: false, firstBrokenNumber: 2n });
  });

  it("a time cannot be moved by less than the chain covers", async () => {
    const ada = await logOf(1);
    const times = () =>
      audit.sql("select event_time::text, record_time::text from entry where user_id = $1", [ada]);
    const before = await times();
    await audit.sql(
      `update entry set event_time = event_time + interval '400 us', record_time = record_time - interval '400 us'
       where user_id = $1`,
      [ada],
    );
    expect(await times()).toEqual(before);
  });

  it.each([1, 2, 3])("entry %i of 3 removed", async (number) => {
    const ada = await logOf(3);
    await audit.sql("delete from entry where user_id = $1 and number = $2", [ada, number]);
    expect(await verify(ada)).toMatchObject({
      intact: false,
      entryCount: 2n,
      firstBrokenNumber: BigInt(number),
    });
  });

  it("all entries removed", async () => {
    const ada = await logOf(3);
    await audit.sql("delete from entry where user_id = $1", [ada]);
    expect(await verify(ada)).toMatchObject({ intact: false, entryCount: 0n, firstBrokenNumber: 1n });
  });

  it("the head removed", async () => {
    const ada = await logOf(3);
    await audit.sql("delete from chain_head where user_id = $1", [ada]);
    expect(await verify(ada)).toMatchObject({ intact: false, entryCount: 3n, firstBrokenNumber: 1n });
  });

  it("the head set back to hide that an entry is gone, against the head that the user kept", async () => {
    const ada = await logOf(3);
    const { headHash } = await verify(ada);
    await audit.sql("delete from entry where user_id = $1 and number = 3", [ada]);
    await audit.sql(
      `update chain_head set number = 2, hash = (select hash from entry where user_id = $1 and number = 2)
       where user_id = $1`,
      [ada],
    );
    const after = await verify(ada);
    expect(after.intact).toBe(true);
    expect(after.headHash).not.toEqual(headHash);
  });

  it("two entries swapped", async () => {
    const ada = await logOf(4);
    await audit.sql("update entry set number = number + 100 where user_id = $1 and number in (2, 3)", [ada]);
    await audit.sql("update entry set number = 105 - number where user_id = $1 and number > 100", [ada]);
    expect((await audit.sql("select number from entry where user_id = $1", [ada])).length).toBe(4);
    expect(await verify(ada)).toMatchObject({ intact: false, entryCount: 4n, firstBrokenNumber: 2n });
  });

  it("an entry put in after the newest", async () => {
    const ada = await logOf(2);
    await audit.sql(
      `insert into entry select user_id, 3, 'forged', type, source, subject, event_time, record_time, trace_id,
         fields, sealed, hash from entry where user_id = $1 and number = 2`,
      [ada],
    );
    expect(await verify(ada)).toMatchObject({ intact: false, entryCount: 3n, firstBrokenNumber: 3n });
  });

  it("but the log of somebody else stays intact", async () => {
    const [ada, bob] = [await logOf(2), await logOf(2)];
    await audit.sql("delete from entry where user_id = $1", [ada]);
    expect(await verify(bob)).toMatchObject({ intact: true, entryCount: 2n });
  });

  it("a changed value is shown as empty, and the rest of the page is there", async () => {
    const ada = await logOf(2);
    await audit.sql("update entry set sealed = reverse(sealed) where user_id = $1 and number = 1", [ada]);
    const entries = await audit.entriesOf(ada);
    expect(entries.map(({ dataJson }) => dataJson === "")).toEqual([false, true]);
  });
});

describe("the service's own role", () => {
  it.each([
    ["update entry", "update entry set type = 'x'"],
    ["delete from entry", "delete from entry"],
    ["truncate entry", "truncate entry"],
    ["delete from chain_head", "delete from chain_head"],
    ["move a head to another user", "update chain_head set user_id = gen_random_uuid()"],
    ["delete from user_key", "delete from user_key"],
    ["switch row security off", "alter table entry disable row level security"],
  ])("cannot %s", async (_name, statement) => {
    await logOf(1);
    await expect(audit.sqlAsService(statement)).rejects.toMatchObject({ code: "42501" });
  });

  it("sees no entry unless it says whose", async () => {
    const [ada, bob] = [await logOf(2), await logOf(1)];
    expect(await audit.sqlAsService("select * from entry")).toEqual([]);
    const rows = await audit.sqlAsService(
      `with mine as materialized (select set_config('app.user_id', '${ada}', true))
       select distinct user_id from mine, entry`,
    );
    expect(rows).toEqual([{ user_id: ada }]);
    expect(bob).not.toBe(ada);
  });

  it("cannot add an entry to the log of a user it does not act for", async () => {
    const ada = await logOf(1);
    const forged = audit.sqlAsService(
      `insert into entry values ($1, 2, 'x', 'x', 'x', 'x', now(), now(), '', '{}', '', sha256('x'))`,
      [ada],
    );
    await expect(forged).rejects.toMatchObject({ code: "42501" });
  });
});
