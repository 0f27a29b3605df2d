import { randomUUID } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { settableClock } from "@todo/kit/testing/clock";
import { allScopes } from "@todo/kit/testing/keys";
import { RetryInfoSchema } from "@todo/proto/google/rpc/error_details";
import { hashPassword } from "better-auth/crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Browser, startIdentity, type TestIdentity, type User } from "./harness.ts";

// The clock stands still, so that a pause does not depend on how fast the machine is.
const clock = settableClock(new Date());
let identity: TestIdentity;
let browser: Browser;
let user: User;

beforeAll(async () => {
  identity = await startIdentity({ now: clock.now });
});
afterAll(() => identity[Symbol.asyncDispose]());
beforeEach(async () => {
  browser = identity.browser({ address: "198.51.100.4" });
  user = await browser.signUp();
});

const as = async (o: { sessionId?: string } = {}) => ({
  headers: await identity.keys.headers("identity", { userId: user.id, scopes: allScopes, ...o }),
});
const isSignedIn = async (at: Browser) => (await at.get("/api/auth/token")).status === 200;
const typesOf = async (id: string) =>
  (await identity.published())
    .filter(({ key }) => key === id)
    .map(({ type }) => type.replace(/^todo\.\w+\.v1\./, ""));

describe("whoever has a session", () => {
  const guesses: Record<string, (at: Browser, password: string) => Promise<string>> = {
    "verify-password": async (at, password) => codeOf(at.post("/api/auth/verify-password", { password })),
    "change-password": async (at, password) =>
      codeOf(
        at.post("/api/auth/change-password", {
          currentPassword: password,
          newPassword: "a thief's password",
        }),
      ),
    EraseAccount: async (_, password) =>
      identity.accounts
        .eraseAccount({ password }, await as())
        .then(() => "erased", reasonOf) as Promise<string>,
  };
  const wrong = ["INVALID_PASSWORD", "PASSWORD_WRONG"];

  it.each(Object.keys(guesses))(
    "cannot guess the password by %s, nor then by anything else [R160]",
    async (way) => {
      const guess = guesses[way];
      for (let n = 0; n < 10; n++) expect(wrong).toContain(await guess?.(browser, `guess ${n}`));
      for (const [other, again] of Object.entries(guesses)) {
        expect([other, await again(browser, user.password)]).toEqual([other, "RATE_LIMITED"]);
      }
      clock.advance(1_000);
      expect((await browser.post("/api/auth/verify-password", { password: user.password })).status).toBe(200);
    },
  );

  it("counts with all who have another session of the user, from wherever they come", async () => {
    const elsewhere = identity.browser({ address: "198.51.100.99" });
    await elsewhere.post("/api/auth/sign-in/email", { email: user.email, password: user.password });
    for (let n = 0; n < 5; n++) {
      await browser.post("/api/auth/verify-password", { password: "guess" });
      await elsewhere.post("/api/auth/verify-password", { password: "guess" });
    }
    const refused = await elsewhere.post("/api/auth/verify-password", { password: user.password });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
  });

  it("is held back as a program with a bearer token too", async () => {
    const { email, password } = user;
    const signedIn = await identity.browser().post("/api/auth/sign-in/email", { email, password });
    const authorization = `Bearer ${signedIn.headers.get("set-auth-token")}`;
    const program = identity.browser({ address: "198.51.100.98", headers: { authorization } });
    for (let n = 0; n < 10; n++) {
      expect(await guesses["verify-password"]?.(program, "guess")).toBe("INVALID_PASSWORD");
    }
    expect(await guesses["verify-password"]?.(program, password)).toBe("RATE_LIMITED");
  });

  it("is not counted for what is refused before a password is looked at", async () => {
    for (let n = 0; n < 12; n++) {
      const short = { currentPassword: user.password, newPassword: "short" };
      expect(await codeOf(browser.post("/api/auth/change-password", short))).toBe("PASSWORD_TOO_SHORT");
    }
    expect(await guesses["verify-password"]?.(browser, "guess")).toBe("INVALID_PASSWORD");
  });

  it("keeps nobody out who signs in with the right password", async () => {
    for (let n = 0; n < 12; n++) await browser.post("/api/auth/verify-password", { password: "guess" });
    const { email, password } = user;
    expect((await identity.browser().post("/api/auth/sign-in/email", { email, password })).status).toBe(200);
  });

  it("leaves a fact for each wrong password in the user's audit log [R160]", async () => {
    await guesses["verify-password"]?.(browser, "guess");
    await guesses["EraseAccount"]?.(browser, "guess");
    const facts = (await identity.published()).filter(
      ({ key, topic }) => key === user.id && topic === "task.audit",
    );
    expect(facts.map(({ data }) => data)).toMatchObject([
      { userId: user.id, method: "/api/auth/verify-password", reason: "PASSWORD_WRONG" },
      { userId: user.id, method: "todo.identity.v1.AccountService/EraseAccount", reason: "PASSWORD_WRONG" },
    ]);
  });
});

describe("another password", () => {
  const next = "another long password";
  const change = (at: Browser, more: Record<string, unknown> = {}) =>
    at.post("/api/auth/change-password", { currentPassword: user.password, newPassword: next, ...more });
  let phone: Browser;
  beforeEach(async () => {
    phone = identity.browser({ address: "198.51.100.5" });
    const { email, password } = user;
    await phone.post("/api/auth/sign-in/email", { email, password });
    await phone.post("/api/auth/sign-in/email", { email, password });
  });

  it("ends all other sessions, each with an event, and leaves the one it was set from [R160]", async () => {
    expect((await change(browser)).status).toBe(200);
    expect([await isSignedIn(browser), await isSignedIn(phone)]).toEqual([true, false]);
    expect((await typesOf(user.id)).filter((type) => type === "SessionEnded")).toHaveLength(2);
    const { sessions } = await identity.sessions.listSessions({}, await as());
    expect(sessions).toHaveLength(1);
    expect(
      (await phone.post("/api/auth/sign-in/email", { email: user.email, password: user.password })).status,
    ).toBe(401);
  });

  it("gives the caller another session too, if the caller wants it", async () => {
    const stolen = identity.browser({ headers: { cookie: await cookieOf() } });
    expect((await change(browser, { revokeOtherSessions: true })).status).toBe(200);
    expect([await isSignedIn(browser), await isSignedIn(phone), await isSignedIn(stolen)]).toEqual([
      true,
      false,
      false,
    ]);
    async function cookieOf() {
      const { email, password } = user;
      const answer = await browser.post("/api/auth/sign-in/email", { email, password });
      return String(answer.headers.getSetCookie()[0]).split(";")[0] ?? "";
    }
  });

  it("ends all of them, when an operator sets it", async () => {
    const hash = await hashPassword(next);
    await identity.sql(`update identity.account set password = $2 where "userId" = $1`, [user.id, hash]);
    expect([await isSignedIn(browser), await isSignedIn(phone)]).toEqual([false, false]);
  });

  it("is not had by a wrong one, which ends nothing", async () => {
    await browser.post("/api/auth/change-password", { currentPassword: "guess", newPassword: next });
    expect([await isSignedIn(browser), await isSignedIn(phone)]).toEqual([true, true]);
  });

  it("says which tokens are older, which then can be revoked all at once [R090]", async () => {
    const make = async (name: string) =>
      (await identity.tokens.createToken({ name, scopes: ["tasks:read"] }, await as())).token?.id;
    const revoke = async (beforePasswordChange: boolean) =>
      (await identity.tokens.revokeTokens({ beforePasswordChange }, await as())).revokedCount;
    const list = async () =>
      (await identity.tokens.listTokens({}, await as())).tokens.map((token) => [
        token.name,
        token.beforePasswordChange,
        token.revokeTime !== undefined,
      ]);
    await make("old");
    await make("older");
    expect(await revoke(true)).toBe(0);
    await change(browser);
    clock.advance(24 * 3_600_000);
    await make("new");
    expect(await list()).toEqual([
      ["new", false, false],
      ["older", true, false],
      ["old", true, false],
    ]);
    expect([await revoke(true), await revoke(true)]).toEqual([2, 0]);
    expect(await list()).toEqual([
      ["new", false, false],
      ["older", false, true],
      ["old", false, true],
    ]);
    expect(await revoke(false)).toBe(1);
    expect((await typesOf(user.id)).filter((type) => type === "TokenRevoked")).toHaveLength(3);
  });
});

describe("signing up with an address that is taken", () => {
  const answerTo = async (o: Record<string, unknown>) => {
    const answer = await identity.browser().post("/api/auth/sign-up/email", {
      ...{ name: " Grace ", password: "a long enough password", locale: "de-at" },
      ...o,
    });
    const {
      email: _,
      id,
      createdAt,
      updatedAt,
      ...rest
    } = (answer.json()["user"] ?? {}) as Record<string, unknown>;
    const headers = [...answer.headers].filter(([name]) => !["date", "x-request-id"].includes(name));
    const shape = [id, createdAt, updatedAt].map((value) => String(value).replace(/[0-9a-f]/g, "0"));
    return {
      status: answer.status,
      token: answer.json()["token"],
      code: answer.json()["code"],
      rest,
      shape,
      headers,
    };
  };

  it.each([
    [{}, 200],
    [{ zone: "Europe/Vienna", image: "https://example.com/a.png" }, 200],
    [{ zone: "Mars/Olympus" }, 400],
    [{ locale: "de_AT" }, 400],
    [{ name: "x".repeat(101) }, 400],
    [{ image: "x".repeat(3_000) }, 400],
    [{ password: "short" }, 400],
    [{ zone: 7 }, 400],
  ])("is answered with %j like one that is free", async (more, status) => {
    const free = await answerTo({ email: `${randomUUID()}@todo.test`, ...more });
    const taken = await answerTo({ email: user.email.toUpperCase(), ...more });
    expect(free.status).toBe(status);
    expect(taken).toEqual(free);
  });

  it("changes nothing, gives no session and stands in the owner's audit log", async () => {
    const other = identity.browser({ address: "198.51.100.66" });
    const asked = { name: "M", email: user.email, password: "a password of mallory" };
    const answer = await other.post("/api/auth/sign-up/email", asked);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect([await isSignedIn(other), answer.text.includes(user.id)]).toEqual([false, false]);
    expect((await other.post("/api/auth/sign-in/email", asked)).status).toBe(401);
    expect((await browser.post("/api/auth/sign-in/email", user)).status).toBe(200);
    const fact = (await identity.published()).find(
      ({ type, key }) => type.endsWith("SignUpIgnored") && key === user.id,
    );
    expect(fact?.data).toMatchObject({ userId: user.id, clientAddress: "198.51.100.66" });
  });
});

describe("signing up while the database takes no account", () => {
  it("says that there is none yet, and does not pretend that there is", async () => {
    await using broken = await startIdentity({});
    await broken.sql('alter table identity."user" add constraint refuse_all check (id is null) not valid');
    const asked = { name: "Ada", email: `${randomUUID()}@todo.test`, password: "a long enough password" };
    const answer = await broken.browser().post("/api/auth/sign-up/email", asked);
    expect([answer.status, answer.json()["code"]]).toEqual([503, "FAILED_TO_CREATE_USER"]);
    expect(answer.text).not.toContain(asked.email);
  });
});

describe("a flood of sign-ins", () => {
  it("keeps tokens, keys and the sign-in of somebody else from nobody, and says when to come again", async () => {
    await using narrow = await startIdentity({ config: { passwordsAtOnce: 1, passwordsWaiting: 3 } });
    const owner = narrow.browser({ address: "192.0.2.77" });
    const { email, password } = await owner.signUp();
    const flood = Array.from({ length: 30 }, () =>
      narrow
        .browser({ address: "203.0.113.9" })
        .post("/api/auth/sign-in/email", { email: `${randomUUID()}@todo.test`, password: "x" })
        .then(
          ({ status }) => status,
          (error: ConnectError) => error,
        ),
    );
    expect(await isSignedIn(owner)).toBe(true);
    expect((await owner.get("/api/auth/jwks")).status).toBe(200);
    expect((await owner.post("/api/auth/sign-in/email", { email, password })).status).toBe(200);
    const answers = await Promise.all(flood);
    const refused = answers.filter((answer): answer is ConnectError => typeof answer !== "number");
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) {
      expect([error.code, reasonOf(error)]).toEqual([Code.ResourceExhausted, "RATE_LIMITED"]);
      expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
    }
    expect(new Set(answers.filter((answer) => typeof answer === "number"))).toEqual(new Set([401]));
  });

  it("does not count against an account what was refused for want of a place", async () => {
    await using narrow = await startIdentity({ config: { passwordsAtOnce: 1, passwordsWaiting: 1 } });
    const { email, password } = await narrow.browser().signUp();
    const wrong = () =>
      narrow.browser({ address: "203.0.113.10" }).post("/api/auth/sign-in/email", { email, password: "x" });
    await Promise.allSettled(Array.from({ length: 9 }, wrong));
    const failures = async () =>
      Math.max(
        ...(await narrow.sql(`select failures from identity.attempt where user_id is null`)).map((row) =>
          Number(row["failures"]),
        ),
      );
    const looked = (await narrow.published()).filter(({ type }) => type.endsWith("SignInFailed")).length;
    await expect.poll(failures, { timeout: 10_000 }).toBe(looked);
    expect((await narrow.browser().post("/api/auth/sign-in/email", { email, password })).status).toBe(200);
  });
});

async function codeOf(answer: ReturnType<Browser["post"]>): Promise<string> {
  return String((await answer).json()["code"] ?? "");
}
