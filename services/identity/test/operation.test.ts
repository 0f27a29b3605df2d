import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Code } from "@connectrpc/connect";
import { kyselyOn, openPool } from "@todo/kit/database";
import { reasonOf } from "@todo/kit/errors";
import { createLogger } from "@todo/kit/log";
import { getMigrations } from "better-auth/db/migration";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuth } from "../src/auth.ts";
import { schema } from "../src/migrations.ts";
import { createRateLimiter } from "../src/rate-limit.ts";
import { publicUrl, startIdentity, type TestIdentity } from "./harness.ts";

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity[Symbol.asyncDispose]());

describe("the schema", () => {
  it("is all that the identity provider asks for", async () => {
    await using stack = new AsyncDisposableStack();
    const pool = openPool({ url: identity.config.databaseUrl, schema, size: 1, name: "test" });
    stack.defer(() => pool.end());
    const rule = { max: 1, window: 1 };
    const auth = createAuth({
      database: kyselyOn(pool),
      publicUrl,
      secret: identity.config.authSecret,
      trustedOrigins: [],
      keyRotationSeconds: 3_600,
      limiter: createRateLimiter(),
      signInRule: rule,
      callRule: rule,
      outboxFull: () => false,
      log: createLogger({ service: schema, level: "fatal" }),
      passwords: { hash: async () => "", verify: async () => false },
      hooks: {},
      signUpIgnored: async () => {},
    });
    const missing = await getMigrations(auth.options);
    expect(missing.toBeCreated).toEqual([]);
    expect(missing.toBeAdded).toEqual([]);
    expect(missing.toBeAddedIndexes).toEqual([]);
    expect(missing.schemaProblems).toEqual([]);
  });
});

describe("a restart", () => {
  it("ends no session and invalidates no token [R090]", async () => {
    await using first = await startIdentity();
    const browser = first.browser();
    const { id, email, password } = await browser.signUp();
    const token = String((await browser.get("/api/auth/token")).json()["token"]);
    const signIn = await browser.post("/api/auth/sign-in/email", { email, password });
    await first.app[Symbol.asyncDispose]();

    await using second = await startIdentity({ on: first });
    const caller = second.browser();
    const keys = (await caller.get("/api/auth/jwks")).json() as unknown as JSONWebKeySet;
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer: publicUrl });
    expect(payload.sub).toBe(id);
    const authorization = `Bearer ${signIn.headers.get("set-auth-token")}`;
    const next = String((await caller.get("/api/auth/token", { authorization })).json()["token"]);
    await jwtVerify(next, createLocalJWKSet(keys), { issuer: publicUrl });
    expect(keys.keys).toHaveLength(1);
  });

  it("finds the private keys encrypted: without the secret they are of no use", async () => {
    await using first = await startIdentity();
    const browser = first.browser();
    await browser.signUp();
    await browser.get("/api/auth/token");
    const [row] = await first.sql(`select "privateKey" from identity.jwks`);
    expect(String(row?.["privateKey"])).not.toMatch(/"d"|kty/);
  });
});

describe("the keys of tokens", () => {
  it("rotate, and the old one is still published until its tokens are gone [R090]", async () => {
    await using rotating = await startIdentity();
    const browser = rotating.browser();
    await browser.signUp();
    const next = async () => String((await browser.get("/api/auth/token")).json()["token"]);
    const kids = async () => {
      const { keys } = (await browser.get("/api/auth/jwks")).json() as unknown as JSONWebKeySet;
      return keys.map(({ kid }) => kid).sort();
    };
    const [old, [first]] = [await next(), await kids()];
    await rotating.sql(`update identity.jwks set "expiresAt" = now() - interval '1 hour'`);
    const { kid: second } = decodeProtectedHeader(await next());
    expect(second).not.toBe(first);
    expect(await kids()).toEqual([first, second]);
    expect(decodeProtectedHeader(old).kid).toBe(first);

    await rotating.sql(`update identity.jwks set "expiresAt" = now() - interval '2 days' where id = $1`, [
      first,
    ]);
    expect(await kids()).toEqual([second]);
  });
});

describe("the network", () => {
  it("is used for the own ports, the database and nothing else", async () => {
    const ports: unknown[] = [];
    const note = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      socket.once("connect", () => ports.push([socket.remoteAddress, socket.remotePort]));
    };
    subscribe("net.client.socket", note);
    try {
      await using quiet = await startIdentity();
      const browser = quiet.browser();
      await browser.signUp();
      await browser.get("/api/auth/token");
      await quiet.published();
      const postgres = Number(new URL(quiet.config.databaseUrl).port);
      expect(ports).toContainEqual([expect.anything(), postgres]);
      const known = new Set([postgres, quiet.app.port]);
      expect(ports.filter((pair) => !known.has((pair as [string, number])[1]))).toEqual([]);
    } finally {
      unsubscribe("net.client.socket", note);
    }
  });
});

describe("while the broker is away", () => {
  it("accounts go on until the outbox is full; then they can still be used and erased", async () => {
    const broker = Promise.withResolvers<void>();
    await using waiting = await startIdentity({ config: { outboxCap: 3 }, brokerReady: broker.promise });
    const browser = waiting.browser();
    const { id, password } = await browser.signUp();
    for (let n = 0; n < 2; n++) await waiting.browser().signUp();
    const update = async () => {
      const headers = await waiting.keys.headers("identity", { userId: id });
      const request = { updateMask: { paths: ["zone"] }, zone: "UTC" };
      return waiting.profiles.updateProfile(request, { headers }).then(() => "changed", reasonOf);
    };
    await expect.poll(update, { timeout: 20_000 }).toBe("OUTBOX_FULL");
    const refused = await waiting.browser().post("/api/auth/sign-up/email", {
      name: "Late",
      email: "late@todo.test",
      password,
    });
    expect([refused.status, refused.json()["code"]]).toEqual([503, "OUTBOX_FULL"]);
    expect((await browser.get("/api/auth/token")).status).toBe(200);
    await waiting.accounts.eraseAccount(
      { password },
      { headers: await waiting.keys.headers("identity", { userId: id }) },
    );

    broker.resolve();
    expect(await waiting.published()).toHaveLength(4);
    await expect.poll(async () => (await attempt(waiting)).status, { timeout: 20_000 }).toBe(200);
  });
});

function attempt(on: TestIdentity) {
  return on.browser().post("/api/auth/sign-up/email", {
    name: "Late",
    email: `${randomUUID()}@todo.test`,
    password: randomUUID(),
  });
}

describe("a database that fails", () => {
  it("never makes a session look like it ended", async () => {
    await using broken = await startIdentity();
    const browser = broken.browser();
    await browser.signUp();
    await broken.sql(`alter table identity.session rename to gone`);
    const error = await browser.get("/api/auth/token").catch((refused) => refused);
    expect(error).toMatchObject({ code: Code.Internal, rawMessage: "internal error" });
    await broken.sql(`alter table identity.gone rename to session`);
    expect((await browser.get("/api/auth/token")).status).toBe(200);
  });
});

describe("while the database is away", () => {
  it("says so, is not ready, and goes on when it is back [R094]", async () => {
    await using proxy = await startProxy(new URL(identity.config.databaseUrl));
    await using away = await startIdentity({ on: identity, config: { databaseUrl: proxy.url } });
    const browser = away.browser();
    const { id } = await browser.signUp();
    const ready = async () => (await fetch(`http://127.0.0.1:${away.app.adminPort}/health/ready`)).status;
    expect(await ready()).toBe(200);

    proxy.cut();
    const headers = await away.keys.headers("identity", { userId: id });
    for (const call of [
      () => browser.get("/api/auth/token"),
      () => browser.post("/api/auth/sign-out"),
      () => browser.signUp(),
      () => away.profiles.getProfile({}, { headers }),
    ]) {
      const error = await call().catch((refused) => refused);
      expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "accounts are not available" });
      expect(reasonOf(error)).toBe("DEPENDENCY_UNAVAILABLE");
    }
    expect(await ready()).toBe(503);

    proxy.restore();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    expect((await browser.get("/api/auth/token")).status).toBe(200);
  });
});

/** A way to the database that can be cut. */
async function startProxy(target: URL) {
  const sockets = new Set<Socket>();
  let open = true;
  const server = createServer((near) => {
    if (!open) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  const cut = () => {
    open = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    restore: () => {
      open = true;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
