import { importJWK, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createAssertionIssuer, createAssertionVerifier } from "./assertion.ts";
import { reasonName } from "./errors.ts";
import { settableClock } from "./testing/clock.ts";
import { testKeys } from "./testing/keys.ts";

const keys = testKeys();
const user = {
  userId: "0190a1b2-0000-7000-8000-000000000001",
  actor: "agent" as const,
  scopes: ["tasks:read", "tasks:write"],
  zone: "Europe/Berlin",
  locale: "de-AT",
};

function pair(o: { skewMs?: number } = {}) {
  const clock = settableClock();
  const issuer = createAssertionIssuer({
    app: "gateway",
    signingKey: keys.signingKey("gateway"),
    now: clock.now,
  });
  const verifier = createAssertionVerifier({
    app: "task",
    keyBundle: keys.keyBundle,
    now: () => new Date(clock.now().getTime() + (o.skewMs ?? 0)),
  });
  return { clock, issuer, verifier };
}

async function reasonFor(verify: Promise<unknown>): Promise<string> {
  return verify.then(
    () => "accepted",
    (error) => reasonName(error.reason),
  );
}

/** A token signed with the gateway's key, whatever it says. */
async function forge(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  app: "gateway" | "audit" = "gateway",
) {
  const now = Math.floor(settableClock().now().getTime() / 1_000);
  const key = await importJWK(JSON.parse(keys.signingKey(app)), "EdDSA");
  const { userId: sub, actor: act, zone, locale } = user;
  const good = {
    iss: "gateway",
    aud: "task",
    sub,
    act,
    scope: "tasks:read",
    zone,
    locale,
    iat: now,
    exp: now + 60,
  };
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ alg: "EdDSA", kid: "gateway", ...header })
    .sign(key);
}

describe("an assertion", () => {
  it("carries the user, the actor, the scopes, the zone and the language to the app it is meant for", async () => {
    const { issuer, verifier } = pair();
    expect(await verifier.verify(await issuer.assert("task", user))).toEqual({ ...user, issuer: "gateway" });
  });

  it("keeps a user without scopes without scopes", async () => {
    const { issuer, verifier } = pair();
    expect(await verifier.verify(await issuer.assert("task", { ...user, scopes: [] }))).toMatchObject({
      scopes: [],
    });
  });

  it("is refused by every other app", async () => {
    const { issuer, verifier } = pair();
    expect(await reasonFor(verifier.verify(await issuer.assert("audit", user)))).toBe("ASSERTION_INVALID");
  });

  it("is refused after 60 s and the allowed skew, also by who has seen it before", async () => {
    const { issuer, verifier, clock } = pair();
    const token = await issuer.assert("task", user);
    await verifier.verify(token);
    clock.advance(59_000);
    await verifier.verify(token);
    clock.advance(7_000);
    expect(await reasonFor(verifier.verify(token))).toBe("ASSERTION_INVALID");
  });

  it("does not outlive 60 s by saying so itself", async () => {
    const { verifier, clock } = pair();
    const token = await forge({ exp: Math.floor(clock.now().getTime() / 1_000) + 3_600 });
    expect(await verifier.verify(token)).toMatchObject({ userId: user.userId });
    clock.advance(66_000);
    expect(await reasonFor(verifier.verify(token))).toBe("ASSERTION_INVALID");
  });

  it("is accepted by a clock that goes 4 s wrong, and refused by one that goes 10 s slow", async () => {
    for (const skewMs of [-4_000, 4_000]) {
      const { issuer, verifier } = pair({ skewMs });
      expect(await verifier.verify(await issuer.assert("task", user))).toMatchObject({ userId: user.userId });
    }
    const { issuer, verifier } = pair({ skewMs: -10_000 });
    expect(await reasonFor(verifier.verify(await issuer.assert("task", user)))).toBe("ASSERTION_INVALID");
  });

  it("is refused if it was signed by a key of another installation", async () => {
    const { verifier } = pair();
    const foreign = createAssertionIssuer({
      app: "gateway",
      signingKey: testKeys().signingKey("gateway"),
      now: settableClock().now,
    });
    expect(await reasonFor(verifier.verify(await foreign.assert("task", user)))).toBe("ASSERTION_INVALID");
  });

  it("is refused if a single claim was changed", async () => {
    const { issuer, verifier } = pair();
    const [header, payload = "", signature] = (await issuer.assert("task", user)).split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: "somebody-else" })).toString("base64url");
    expect(await reasonFor(verifier.verify([header, changed, signature].join(".")))).toBe(
      "ASSERTION_INVALID",
    );
  });

  it("is refused without a signature, whatever its header says", async () => {
    const { verifier } = pair();
    const [, payload] = (await forge({})).split(".");
    for (const alg of ["none", "None", "EdDSA", "HS256"]) {
      const header = Buffer.from(JSON.stringify({ alg, kid: "gateway" })).toString("base64url");
      expect(await reasonFor(verifier.verify(`${header}.${payload}.`)), alg).toBe("ASSERTION_INVALID");
    }
  });

  it.each([
    ["an unknown key id", {}, { kid: "stranger" }],
    ["no key id", {}, { kid: undefined }],
    ["another issuer than the owner of the key", { iss: "audit" }, {}],
    ["no user", { sub: undefined }, {}],
    ["an empty user", { sub: "" }, {}],
    ["an unknown kind of actor", { act: "god" }, {}],
    ["no scope", { scope: undefined }, {}],
    ["no end", { exp: undefined }, {}],
    ["no beginning", { iat: undefined }, {}],
    ["a life longer than 60 s that began long ago", { iat: 1_767_268_000, exp: 1_893_456_000 }, {}],
  ])("is refused with %s", async (_what, claims, header) => {
    const { verifier } = pair();
    expect(await reasonFor(verifier.verify(await forge(claims, header)))).toBe("ASSERTION_INVALID");
  });

  it("cannot be made by one app in the name of another", async () => {
    const { verifier } = pair();
    const byAudit = await forge({ iss: "gateway" }, { kid: "audit" }, "audit");
    expect(await reasonFor(verifier.verify(byAudit))).toBe("ASSERTION_INVALID");
  });

  it.each(["", "x", "a.b", "a.b.c", "..", "\u0000"])("is refused as %j", async (token) => {
    expect(await reasonFor(pair().verifier.verify(token))).toBe("ASSERTION_INVALID");
  });

  it("is made once for the calls of 30 s, and anew for another user, app or set of scopes", async () => {
    const { issuer, clock } = pair();
    const first = await issuer.assert("task", user);
    clock.advance(29_000);
    expect(await issuer.assert("task", user)).toBe(first);
    expect(await issuer.assert("audit", user)).not.toBe(first);
    expect(await issuer.assert("task", { ...user, scopes: ["tasks:read"] })).not.toBe(first);
    expect(await issuer.assert("task", { ...user, userId: "another" })).not.toBe(first);
    clock.advance(1_000);
    expect(await issuer.assert("task", user)).not.toBe(first);
  });
});

describe("keys that cannot be used", () => {
  it("are refused at the start, without being repeated", () => {
    expect(() => createAssertionIssuer({ app: "task", signingKey: "hunter2" })).toThrow(
      /^the signing key is not JSON$/,
    );
    expect(() => createAssertionVerifier({ app: "task", keyBundle: '{"keys":[]}' })).toThrow("no keys");
    const { d } = JSON.parse(keys.signingKey("task"));
    const withPrivate = JSON.stringify({ keys: [JSON.parse(keys.signingKey("task"))] });
    expect(() => createAssertionVerifier({ app: "task", keyBundle: withPrivate })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(d) }),
    );
  });
});
