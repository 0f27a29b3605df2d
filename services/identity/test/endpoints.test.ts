import { kyselyOn, openPool } from "@todo/kit/database";
import { createLogger } from "@todo/kit/log";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuth } from "../src/auth.ts";
import { endpoints } from "../src/endpoints.ts";
import { schema } from "../src/migrations.ts";
import { createRateLimiter } from "../src/rate-limit.ts";
import { publicUrl, startIdentity, type TestIdentity } from "./harness.ts";

interface Known {
  path: string;
  methods: string[];
  /** Names of the fields that hold a password. */
  passwords: string[];
}

let stack: AsyncDisposableStack;
let identity: TestIdentity;
let known: Known[];

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  identity = stack.use(await startIdentity());
  const url = identity.config.databaseUrl;
  const pool = stack.adopt(openPool({ url, schema, size: 1, name: "test" }), (opened) => opened.end());
  const rule = { max: 1, window: 1 };
  const auth = createAuth({
    ...{ database: kyselyOn(pool), publicUrl, secret: identity.config.authSecret, trustedOrigins: [] },
    keyRotationSeconds: 3_600,
    ...{ limiter: createRateLimiter(), signInRule: rule, callRule: rule, outboxFull: () => false },
    log: createLogger({ service: schema, level: "fatal" }),
    passwords: { hash: async () => "", verify: async () => false },
    hooks: {},
    signUpIgnored: async () => {},
  });
  known = Object.values(auth.api).flatMap((endpoint) => {
    const { path, options } = endpoint as {
      path?: string;
      options: { method: string | string[]; body?: unknown };
    };
    const passwords = fieldsOf(options.body).filter((name) => /passw/i.test(name));
    return path === undefined ? [] : [{ path, methods: [options.method].flat(), passwords }];
  });
});
afterAll(() => stack.disposeAsync());

/** The names of the fields of a schema of zod, however it is put together. */
function fieldsOf(body: unknown): string[] {
  const { def } = (body ?? {}) as { def?: Record<string, unknown> };
  if (def === undefined) return [];
  const { shape, left, right, options, innerType } = def;
  const own = typeof shape === "object" && shape !== null ? Object.keys(shape) : [];
  return [...own, ...[left, right, innerType, ...((options as unknown[]) ?? [])].flatMap(fieldsOf)];
}

describe("the endpoints of the provider", () => {
  it("are known to this test with those that take a password", () => {
    const taking = known.filter(({ passwords }) => passwords.length > 0).map(({ path }) => path);
    expect(taking).toEqual(
      expect.arrayContaining([
        "/sign-up/email",
        "/sign-in/email",
        "/verify-password",
        "/change-password",
        "/delete-user",
      ]),
    );
    expect(known.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(endpoints)));
  });

  it("are closed or guarded, wherever they take a password", () => {
    const open = known.filter(({ path, passwords }) => passwords.length > 0 && path in endpoints);
    for (const { path, passwords } of open) {
      const use = endpoints[path]?.password;
      expect(use, path).toBeDefined();
      if (use?.kind === "confirm") expect(passwords, path).toContain(use.field);
    }
  });

  it("are closed, if nobody has opened them", async () => {
    const browser = identity.browser();
    await browser.signUp();
    for (const { path, methods } of known.filter((one) => !(one.path in endpoints))) {
      const real = path.replace(":id", "github").replace(":token", "x");
      for (const method of methods) {
        const answer =
          method === "GET" ? await browser.get(`/api/auth${real}`) : await browser.post(`/api/auth${real}`);
        expect([real, answer.status]).toEqual([real, 404]);
      }
    }
  });

  it("are found under no other spelling", async () => {
    for (const path of [
      "/sign-in//email",
      "/sign-in/email/",
      "/SIGN-IN/email",
      "/%73ign-in/email",
      "//sign-in/email",
    ]) {
      const answer = await identity
        .browser()
        .post(`/api/auth${path}`, { email: "a@todo.test", password: "x" });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  it("answer with nothing that opens a session and with no hash, but where a session begins", async () => {
    const browser = identity.browser();
    const { id, email, password } = await browser.signUp();
    const next = "another long password";
    const bodies: Record<string, unknown> = {
      "/sign-up/email": { name: "Ada", email: `x${email}`, password },
      "/sign-in/email": { email, password },
      "/verify-password": { password },
      "/change-password": { currentPassword: password, newPassword: next, revokeOtherSessions: true },
      "/update-user": { name: "Ada L." },
    };
    const paths = Object.keys(endpoints).sort(
      (a, b) => Number(a === "/sign-out") - Number(b === "/sign-out"),
    );
    for (const path of paths) {
      const before = await secretsOf(id);
      for (const method of endpoints[path]?.methods ?? []) {
        const url = `/api/auth${path}`;
        const answer = method === "GET" ? await browser.get(url) : await browser.post(url, bodies[path]);
        if (path === "/revoke-sessions") {
          expect(answer.status).toBe(200);
          await browser.post("/api/auth/sign-in/email", { email, password: next });
        } else expect([path, answer.status]).toEqual([path, 200]);
        for (const secret of [...before, ...(await secretsOf(id))]) expect(answer.text).not.toContain(secret);
      }
    }
  });
});

async function secretsOf(userId: string): Promise<string[]> {
  const rows = await identity.sql(
    `select token as secret from identity.session where "userId" = $1
      union all select password from identity.account where "userId" = $1
      union all select "privateKey" from identity.jwks`,
    [userId],
  );
  return rows.map(({ secret }) => String(secret));
}
