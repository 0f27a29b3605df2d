import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startIdentity, type TestIdentity } from "./harness.ts";

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity({ config: { sweepMs: 100 } });
});
afterAll(() => identity?.[Symbol.asyncDispose]());

const over = (age: string) => `update identity.session set "expiresAt" = now() - interval '${age}'`;

it("sessions are forgotten a day after they were over, without a word, and no others", async () => {
  const user = await identity.browser().signUp();
  const { email, password } = user;
  const ids = async () =>
    (await identity.sql(`select id from identity.session where "userId" = $1 order by id`, [user.id])).map(
      ({ id }) => id,
    );
  for (const _ of ["just over", "open"])
    await identity.browser().post("/api/auth/sign-in/email", { email, password });
  const [old, justOver, open] = await ids();
  await identity.sql(`${over("23 hours")} where id = $1`, [justOver]);
  await identity.sql(`${over("25 hours")} where id = $1`, [old]);
  await vi.waitFor(async () => expect(await ids()).toEqual([justOver, open]), { timeout: 20_000 });
  const types = (await identity.published()).filter(({ key }) => key === user.id).map(({ type }) => type);
  expect(types).toEqual(["todo.identity.v1.UserCreated"]);
});

it("so are verifications", async () => {
  const write = `insert into identity.verification (id, identifier, value, "expiresAt")
    values ('old', 'x', 'y', now() - interval '25 hours'), ('young', 'x', 'y', now() - interval '23 hours')`;
  await identity.sql(write);
  const left = async () =>
    expect(await identity.sql("select id from identity.verification")).toEqual([{ id: "young" }]);
  await vi.waitFor(left, { timeout: 20_000 });
});
