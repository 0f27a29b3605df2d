import { expect, it } from "vitest";
import { createSessions, mayUseCookies, sessionCookieIn } from "#src/auth/session.ts";
import type { VerifiedToken } from "#src/auth/tokens.ts";

it.each([
  [null, undefined],
  ["", undefined],
  ["theme=dark", undefined],
  ["session_token_hint=x", undefined],
  ["x=session_token=1", undefined],
  ["todo.session_token=", undefined],
  ["todo.session_token=abc", "todo.session_token=abc"],
  ["a=1; __Host-todo.session_token=abc.def%3D; b=2", "__Host-todo.session_token=abc.def%3D"],
])("finds in the cookies %j the session %j", (header, cookie) => {
  expect(sessionCookieIn(header)).toBe(cookie);
});

it.each<[Record<string, string>, boolean]>([
  [{ "sec-fetch-site": "same-origin" }, true],
  [{ "sec-fetch-site": "none" }, true],
  [{ "sec-fetch-site": "same-site" }, false],
  [{ "sec-fetch-site": "cross-site", origin: "https://todo.test" }, false],
  [{ origin: "https://todo.test" }, true],
  [{ origin: "http://todo.test" }, false],
  [{ origin: "null" }, false],
  [{}, false],
])("lets a request with %j use its cookies: %s", (headers, allowed) => {
  expect(mayUseCookies(new Headers(headers), "https://todo.test")).toBe(allowed);
});

it("asks once for many calls at the same time, and again after a failure", async () => {
  let asked = 0;
  const sessions = createSessions({
    exchange: async () => {
      asked += 1;
      if (asked === 1) throw new Error("away");
      return "token";
    },
    tokens: { verify: async () => ({ expiresAt: Number.POSITIVE_INFINITY }) as VerifiedToken },
    now: () => new Date(0),
  });
  const first = await Promise.allSettled([sessions.resolve("c", ""), sessions.resolve("c", "")]);
  expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(asked).toBe(1);
  await Promise.all([sessions.resolve("c", ""), sessions.resolve("c", ""), sessions.resolve("c", "")]);
  expect(asked).toBe(2);
  await sessions.resolve("another", "");
  expect(asked).toBe(3);
});
