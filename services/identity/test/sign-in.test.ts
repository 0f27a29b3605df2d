import { createHash, randomUUID } from "node:crypto";
import { allScopes } from "@todo/kit/testing/keys";
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, publicUrl, startIdentity, type TestIdentity } from "./harness.ts";

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity[Symbol.asyncDispose]());

async function tokenOf(browser: Browser, headers?: Record<string, string>): Promise<string> {
  const answer = await browser.get("/api/auth/token", headers);
  expect(answer.status).toBe(200);
  return String(answer.json()["token"]);
}

describe("signing up", () => {
  it("gives a session whose token verifies against the published keys [R090]", async () => {
    const browser = identity.browser();
    const { id } = await browser.signUp({ zone: "Europe/Berlin", locale: "de-at" });
    const keys = (await browser.get("/api/auth/jwks")).json() as unknown as JSONWebKeySet;
    const { payload } = await jwtVerify(await tokenOf(browser), createLocalJWKSet(keys), {
      issuer: publicUrl,
      audience: publicUrl,
      algorithms: ["EdDSA"],
    });
    expect(payload).toMatchObject({
      sub: id,
      scope: allScopes.join(" "),
      zone: "Europe/Berlin",
      locale: "de-AT",
    });
    expect(payload["sid"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(payload.exp) - Number(payload.iat)).toBe(600);
  });

  it("puts neither name nor address into the token", async () => {
    const browser = identity.browser();
    await browser.signUp({ name: "Grace Hopper" });
    const claims = decodeJwt(await tokenOf(browser));
    expect(Object.keys(claims).sort()).toEqual([
      "aud",
      "exp",
      "iat",
      "iss",
      "locale",
      "scope",
      "sid",
      "sub",
      "zone",
    ]);
  });

  it("makes users with ids of uuid version 7", async () => {
    const { id } = await identity.browser().signUp();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("gives an address to one account only, however it is spelled and however fast", async () => {
    const email = `${randomUUID()}@todo.test`;
    const spellings = [email, email.toUpperCase(), email, email];
    const answers = await Promise.all(
      spellings.map((spelling) =>
        identity
          .browser()
          .post("/api/auth/sign-up/email", { name: "A", email: spelling, password: randomUUID() }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await identity.sql(`select from identity."user" where lower(email) = $1`, [email])).toHaveLength(
      1,
    );
  });

  it.each([
    [{ password: "short" }, "PASSWORD_TOO_SHORT"],
    [{ password: "x".repeat(129) }, "PASSWORD_TOO_LONG"],
    [{ zone: "Mars/Olympus" }, "INVALID_ZONE"],
    [{ locale: "de_AT" }, "INVALID_LOCALE"],
    [{ name: "x".repeat(101) }, "INVALID_NAME"],
    [{ email: "nobody" }, "VALIDATION_ERROR"],
  ])("is refused with %j as %s and leaves nothing", async (wrong, code) => {
    const email = `${randomUUID()}@todo.test`;
    const body = { name: "A", email, password: randomUUID(), ...wrong };
    const answer = await identity.browser().post("/api/auth/sign-up/email", body);
    expect([answer.status, answer.json()["code"]]).toEqual([400, code]);
    expect(await identity.sql(`select from identity."user" where email = $1`, [email])).toEqual([]);
  });
});

describe("signing in", () => {
  it("works with the password and not with another one", async () => {
    const { email, password } = await identity.browser().signUp();
    const browser = identity.browser();
    const refused = await browser.post("/api/auth/sign-in/email", { email, password: "not the one" });
    expect(refused.status).toBe(401);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect((await browser.get("/api/auth/token")).status).toBe(401);
    expect((await browser.post("/api/auth/sign-in/email", { email, password })).status).toBe(200);
    await tokenOf(browser);
  });

  it("answers alike whether the password or the address is wrong", async () => {
    const { email } = await identity.browser().signUp();
    const attempts = [email, `${randomUUID()}@todo.test`].map((address) =>
      identity.browser().post("/api/auth/sign-in/email", { email: address, password: "not the one" }),
    );
    const [known, unknown] = await Promise.all(attempts);
    expect([known?.status, known?.text]).toEqual([unknown?.status, unknown?.text]);
  });

  it("makes nobody wait who is counted behind somebody that came a moment later", async () => {
    const address = "198.51.100.77";
    const attempts = Array.from({ length: 20 }, () =>
      identity
        .browser({ address })
        .post("/api/auth/sign-in/email", { email: `${randomUUID()}@todo.test`, password: "not the one" }),
    );
    expect(new Set((await Promise.all(attempts)).map(({ status }) => status))).toEqual(new Set([401]));
  });

  it("leaves one fact for the audit log when refused, without the address [R160]", async () => {
    const { id, email } = await identity.browser().signUp();
    const browser = identity.browser({ address: "198.51.100.4" });
    const before = (await identity.published()).length;
    await browser.post("/api/auth/sign-in/email", { email: email.toUpperCase(), password: "not the one" });
    const facts = (await identity.published()).slice(before);
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      topic: "task.audit",
      type: "todo.audit.v1.SignInFailed",
      key: id,
      userId: id,
    });
    expect(facts[0]?.data).toMatchObject({
      userId: id,
      emailHash: createHash("sha256").update(email).digest("hex"),
      clientAddress: "198.51.100.4",
    });
    expect(
      Buffer.from(facts[0]?.original ?? [])
        .toString()
        .toLowerCase(),
    ).not.toContain(email);
  });

  it("leaves a fact without user when nobody has the address", async () => {
    const email = `${randomUUID()}@todo.test`;
    const before = (await identity.published()).length;
    await identity.browser().post("/api/auth/sign-in/email", { email, password: "not the one" });
    const facts = (await identity.published()).slice(before);
    expect(facts.map(({ userId, data }) => ({ userId, data }))).toMatchObject([
      { userId: "", data: { userId: "" } },
    ]);
  });

  it("lets a program go on with the bearer token of its sign-in [R090]", async () => {
    const { id, email, password } = await identity.browser().signUp();
    const answer = await identity.browser().post("/api/auth/sign-in/email", { email, password });
    const authorization = `Bearer ${answer.headers.get("set-auth-token")}`;
    expect(decodeJwt(await tokenOf(identity.browser(), { authorization })).sub).toBe(id);
    expect(
      (await identity.browser().get("/api/auth/token", { authorization: "Bearer made.up" })).status,
    ).toBe(401);
  });

  it("cannot be gained from what the table of sessions holds", async () => {
    const { id } = await identity.browser().signUp();
    const [session] = await identity.sql(`select token from identity.session where "userId" = $1`, [id]);
    const authorization = `Bearer ${session?.["token"]}`;
    expect((await identity.browser().get("/api/auth/token", { authorization })).status).toBe(401);
  });

  it("ends when the user signs out, for everybody who holds its token", async () => {
    const browser = identity.browser();
    const { email, password } = await browser.signUp();
    const answer = await browser.post("/api/auth/sign-in/email", { email, password });
    const authorization = `Bearer ${answer.headers.get("set-auth-token")}`;
    await tokenOf(identity.browser(), { authorization });
    expect((await browser.post("/api/auth/sign-out")).status).toBe(200);
    expect((await identity.browser().get("/api/auth/token", { authorization })).status).toBe(401);
  });

  it("is refused to pages of other origins", async () => {
    const browser = identity.browser();
    const { email, password } = await browser.signUp();
    const foreign = { origin: "https://evil.example" };
    const signIn = await browser.post("/api/auth/sign-in/email", { email, password }, foreign);
    const signOut = await browser.post("/api/auth/sign-out", {}, foreign);
    expect([signIn.status, signOut.status]).toEqual([403, 403]);
    await tokenOf(browser);
  });

  it("never writes an address or a password to the log", async () => {
    const { email, password } = await identity.browser().signUp();
    await identity.browser().post("/api/auth/sign-up/email", { name: "A", email, password });
    await identity.browser().post("/api/auth/sign-in/email", { email, password: "not the one" });
    expect(identity.logged()).toContain("Invalid password");
    for (const secret of [email, password, "not the one"]) expect(identity.logged()).not.toContain(secret);
  });
});

describe("the session cookie", () => {
  it("is out of reach of scripts and of other sites", async () => {
    const { email, password } = await identity.browser().signUp();
    const answer = await identity.browser().post("/api/auth/sign-in/email", { email, password });
    const [cookie = ""] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^todo\.session_token=/);
    expect(cookie).toMatch(/; HttpOnly(;|$)/);
    expect(cookie).toMatch(/; SameSite=Lax(;|$)/);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("is tied to the very host over TLS", async () => {
    await using secure = await startIdentity({ on: identity, config: { publicUrl: "https://todo.test" } });
    const { email, password } = await secure.browser().signUp();
    const answer = await secure.browser().post("/api/auth/sign-in/email", { email, password });
    const [cookie = ""] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-todo\.session_token=/);
    expect(cookie).toMatch(/; Secure(;|$)/);
    expect(cookie).toMatch(/; Path=\/(;|$)/);
    expect(cookie).not.toMatch(/Domain/i);
  });
});

describe("what is not offered", () => {
  it("is not found", async () => {
    for (const path of ["/api/auth/nothing", "/.well-known/nothing", "/api/auth/error"]) {
      expect((await identity.browser().get(path)).status).toBe(404);
    }
  });

  it("cannot be reached through a path that climbs", async () => {
    const climb = identity.browser().get("/api/auth/../../metrics");
    await expect(climb).rejects.toMatchObject({ rawMessage: "path leads out of what is offered" });
    await expect(identity.browser().get("/metrics")).rejects.toMatchObject({
      rawMessage: expect.stringContaining("path"),
    });
  });
});
