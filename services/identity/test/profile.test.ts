import { randomUUIDv7 } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { kyselyOn, openPool, serviceUrl } from "@todo/kit/database";
import { reasonOf } from "@todo/kit/errors";
import { BadRequestSchema, ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { role, schema } from "../src/migrations.ts";
import { asUser } from "../src/profile-queries.ts";
import type { IdentityDatabase } from "../src/tables.ts";
import { startIdentity, type TestIdentity } from "./harness.ts";

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity[Symbol.asyncDispose]());

async function as(userId: string) {
  return { headers: await identity.keys.headers("identity", { userId }) };
}

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => {
      throw new Error("the call was not refused");
    },
    (error: ConnectError) => error,
  );
}

function fieldsOf(error: ConnectError): string[] {
  return error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
}

describe("a profile", () => {
  it("shows what the user said at sign-up", async () => {
    const { id, email } = await identity.browser().signUp({ name: "Ada", zone: "Europe/London" });
    const { profile } = await identity.profiles.getProfile({}, await as(id));
    expect(profile).toMatchObject({
      userId: id,
      email,
      displayName: "Ada",
      zone: "Europe/London",
      locale: "en",
    });
    expect(Number(profile?.createTime?.seconds)).toBeGreaterThan(0);
  });

  it("changes the fields of the mask alone, and tells the others by event [R053]", async () => {
    const { id } = await identity.browser().signUp({ name: "Ada", zone: "Europe/London" });
    const { profile } = await identity.profiles.updateProfile(
      { updateMask: { paths: ["zone"] }, zone: "america/new_york", displayName: "not named in the mask" },
      await as(id),
    );
    expect(profile).toMatchObject({ displayName: "Ada", zone: "America/New_York" });
    const last = (await identity.published()).filter(({ key }) => key === id).at(-1);
    expect(last).toMatchObject({
      type: "todo.identity.v1.UserProfileChanged",
      data: { changedFields: ["zone"] },
    });
  });

  it("goes back to the defaults for a named field that is empty", async () => {
    const { id } = await identity.browser().signUp({ zone: "Asia/Tokyo", locale: "ja" });
    const paths = ["zone", "locale", "display_name"];
    const { profile } = await identity.profiles.updateProfile({ updateMask: { paths } }, await as(id));
    expect(profile).toMatchObject({ zone: "UTC", locale: "en", displayName: "" });
  });

  it("is in the next token at once", async () => {
    const browser = identity.browser();
    const { id } = await browser.signUp();
    await identity.profiles.updateProfile(
      { updateMask: { paths: ["zone"] }, zone: "Asia/Tokyo" },
      await as(id),
    );
    const token = String((await browser.get("/api/auth/token")).json()["token"]);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(claims.zone).toBe("Asia/Tokyo");
  });

  it.each([
    ["Mars/Olympus", undefined],
    ["+01/00", undefined],
    ["BST", "Europe/London"],
  ])("refuses %s for a zone, and names the field and what may be meant", async (zone, proposal) => {
    const { id } = await identity.browser().signUp();
    const request = { updateMask: { paths: ["zone"] }, zone };
    const error = await refusal(identity.profiles.updateProfile(request, await as(id)));
    expect([error.code, reasonOf(error)]).toEqual([Code.InvalidArgument, "ZONE_UNKNOWN"]);
    expect(error.findDetails(ErrorInfoSchema)[0]?.metadata["proposal"]).toBe(proposal);
    expect(fieldsOf(error)).toEqual(["zone"]);
  });

  it.each([
    ["a broken language tag", { paths: ["locale"], locale: "de-" }, "locale"],
    ["a name with control characters", { paths: ["display_name"], displayName: "a\u0007b" }, "display_name"],
    ["a field that is not the user's to change", { paths: ["email"] }, "update_mask"],
    ["a zone that is too long", { paths: ["zone"], zone: "x".repeat(65) }, "zone"],
  ])("refuses %s and names the field", async (_what, { paths, ...fields }, field) => {
    const { id } = await identity.browser().signUp();
    const request = { updateMask: { paths }, ...fields };
    const error = await refusal(identity.profiles.updateProfile(request, await as(id)));
    expect([error.code, reasonOf(error)]).toEqual([Code.InvalidArgument, "REQUEST_INVALID"]);
    expect(fieldsOf(error)).toEqual([field]);
    const { profile } = await identity.profiles.getProfile({}, await as(id));
    expect(profile).toMatchObject({ zone: "UTC", locale: "en", displayName: "Ada" });
  });

  it("is not there for a user who is gone", async () => {
    const error = await refusal(identity.profiles.getProfile({}, await as(randomUUIDv7())));
    expect([error.code, reasonOf(error)]).toEqual([Code.NotFound, "PROFILE_NOT_FOUND"]);
  });
});

describe("the walls between users", () => {
  it("show everybody their own profile, and change no other [R033]", async () => {
    const [ada, bob] = [await identity.browser().signUp(), await identity.browser().signUp()];
    const change = { updateMask: { paths: ["display_name"] }, displayName: "Bob" };
    await identity.profiles.updateProfile(change, await as(bob.id));
    const seen = await Promise.all(
      [ada, bob].map(async ({ id }) => identity.profiles.getProfile({}, await as(id))),
    );
    expect(seen.map(({ profile }) => profile?.email)).toEqual([ada.email, bob.email]);
    expect(seen.map(({ profile }) => profile?.displayName)).toEqual(["Ada", "Bob"]);
  });

  it("hold in the database even for a statement that forgot whose row it wants [R033]", async () => {
    const [ada, bob] = [await identity.browser().signUp(), await identity.browser().signUp()];
    const { databaseUrl, databaseRolePassword } = identity.config;
    const url = serviceUrl(databaseUrl, role, databaseRolePassword);
    await using stack = new AsyncDisposableStack();
    const pool = openPool({ url, schema, size: 1, name: "test" });
    stack.defer(() => pool.end());
    const database: IdentityDatabase = kyselyOn(pool);
    const seen = await asUser(database, ada.id, async (tx) => ({
      users: await tx.selectFrom("user").select("id").execute(),
      sessions: await tx.selectFrom("session").select("userId").execute(),
      changed: await tx.updateTable("user").set({ name: "hacked" }).where("id", "=", bob.id).execute(),
    }));
    expect(seen.users).toEqual([{ id: ada.id }]);
    expect(seen.sessions).toEqual([{ userId: ada.id }]);
    expect(seen.changed[0]?.numUpdatedRows).toBe(0n);
  });

  it("ask for the proof of the user [R033]", async () => {
    const { "todo-assertion": _, ...headers } = (await as(randomUUIDv7())).headers;
    const error = await refusal(identity.profiles.getProfile({}, { headers }));
    expect(error.code).toBe(Code.Unauthenticated);
  });
});
