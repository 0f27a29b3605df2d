import "@todo/kit/telemetry";
import { withRemoteParent } from "@todo/kit/trace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startIdentity, type TestIdentity } from "./harness.ts";

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity[Symbol.asyncDispose]());

/** What `user.events` says of one user, oldest first. Each was read and checked as a consumer would. */
async function eventsOf(userId: string) {
  const events = (await identity.published()).filter(
    ({ topic, key }) => topic === "user.events" && key === userId,
  );
  return events.map(({ type, data, subject, source }) => {
    expect([subject, source]).toEqual([userId, "/services/identity"]);
    return { type: type.replace("todo.identity.v1.", ""), data: data as unknown as Record<string, unknown> };
  });
}

describe("user.events", () => {
  it("tells the life of an account in its order, without name and address [R053]", async () => {
    const browser = identity.browser();
    const { id, email, password } = await browser.signUp({ name: "Grace Hopper", zone: "Europe/Berlin" });
    await browser.post("/api/auth/update-user", { zone: "Asia/Tokyo", name: "Amazing Grace" });
    await browser.post("/api/auth/update-user", { locale: "ja" });
    const headers = await identity.keys.headers("identity", { userId: id });
    await identity.accounts.eraseAccount({ password }, { headers });

    const events = await eventsOf(id);
    expect(events).toMatchObject([
      { type: "UserCreated", data: { userId: id, zone: "Europe/Berlin", locale: "en" } },
      { type: "UserProfileChanged", data: { zone: "Asia/Tokyo", changedFields: ["display_name", "zone"] } },
      { type: "UserProfileChanged", data: { zone: "Asia/Tokyo", locale: "ja", changedFields: ["locale"] } },
      { type: "UserErased", data: { userId: id } },
    ]);
    const originals = (await identity.published()).map(({ original }) => Buffer.from(original).toString());
    for (const text of [email, "Grace"]) expect(originals.filter((one) => one.includes(text))).toEqual([]);
  });

  it("says nothing when nothing changed that anybody is told of", async () => {
    const browser = identity.browser();
    const { id } = await browser.signUp({ name: "Ada" });
    await browser.post("/api/auth/update-user", { name: "Ada", zone: "UTC" });
    await browser.post("/api/auth/update-user", { image: "https://todo.test/ada.png" });
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(["UserCreated"]);
  });

  it("also tells of what an operator does by hand, and of a change of address", async () => {
    const { id } = await identity.browser().signUp();
    await identity.sql(`update identity."user" set email = $2 where id = $1`, [id, `${id}@new.test`]);
    await identity.sql(`delete from identity."user" where id = $1`, [id]);
    expect(await eventsOf(id)).toMatchObject([
      { type: "UserCreated" },
      { type: "UserProfileChanged", data: { changedFields: ["email"] } },
      { type: "UserErased" },
    ]);
  });

  it("carries the trace of the request that caused it, and no other [R105]", async () => {
    const trace = (digit: string) => `00-${digit.repeat(32)}-${"7".repeat(16)}-01`;
    const [ada, bob] = await Promise.all(
      ["a", "b"].map((digit) => withRemoteParent(trace(digit), () => identity.browser().signUp())),
    );
    const headers = await identity.keys.headers("identity", { userId: String(ada?.id) });
    const change = { updateMask: { paths: ["zone"] }, zone: "Asia/Tokyo" };
    await withRemoteParent(trace("c"), () => identity.profiles.updateProfile(change, { headers }));
    const tracesOf = async (id: string | undefined) =>
      (await identity.published())
        .filter(({ key }) => key === id)
        .map(({ traceparent }) => traceparent?.slice(3, 5));
    expect(await tracesOf(ada?.id)).toEqual(["aa", "cc"]);
    expect(await tracesOf(bob?.id)).toEqual(["bb"]);
  });

  it("leaves no event of an account whose making failed", async () => {
    const before = (await identity.published()).length;
    const { email } = await identity.browser().signUp();
    await identity
      .browser()
      .post("/api/auth/sign-up/email", { name: "A", email, password: "a second account" });
    const events = (await identity.published()).slice(before);
    expect(events.filter(({ topic }) => topic === "user.events").map(({ type }) => type)).toEqual([
      "todo.identity.v1.UserCreated",
    ]);
  });

  it("keeps one order while many changes of a user race", async () => {
    const browser = identity.browser();
    const { id } = await browser.signUp();
    const names = Array.from({ length: 10 }, (_, n) => `name ${n}`);
    await Promise.all(names.map((name) => browser.post("/api/auth/update-user", { name })));
    const sequences = (await identity.published())
      .filter(({ key }) => key === id)
      .map(({ original }) => JSON.parse(Buffer.from(original).toString()).sequence);
    expect(sequences).toEqual(Array.from({ length: 11 }, (_, n) => String(n + 1)));
  });
});
