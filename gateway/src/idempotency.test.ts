import { create, type DescMethodUnary, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { Idempotency } from "@todo/kit/policy";
import { validator } from "@todo/kit/validator";
import { describe, expect, it } from "vitest";
import { fillRequestId } from "#src/idempotency.ts";
import { exposedRoutes, nameOf, type Route } from "#src/routes.ts";

const routes = exposedRoutes();
const byName = new Map(routes.map((route) => [nameOf(route.method), route]));
const named = (list: readonly Route[]) => list.map((route) => ({ name: nameOf(route.method), route }));
const changing = named(routes.filter(({ rule }) => rule.idempotency === Idempotency.BY_REQUEST_ID));
const oneOff = named(routes.filter(({ rule }) => rule.idempotency === Idempotency.UNSPECIFIED));
const harmless = named(
  routes.filter(({ rule }) =>
    [Idempotency.READ_ONLY, Idempotency.NATURAL].includes(rule.idempotency as never),
  ),
);

/** The request_id that a call goes on with; undefined where its method has none. */
async function sent(route: Route, key?: string, requestId?: string): Promise<unknown> {
  const method = route.method as DescMethodUnary;
  const message: Message = create(method.input);
  const id = method.input.field["requestId"];
  if (requestId !== undefined && id) reflect(method.input, message).set(id, requestId);
  const header = new Headers(key === undefined ? {} : { "idempotency-key": key });
  const next = fillRequestId(byName)(async () => ({}) as UnaryResponse);
  await next({ stream: false, method, message, header } as UnaryRequest);
  return id && reflect(method.input, message).get(id);
}

/** Whether the contract of a method takes a request_id. */
function takes({ method }: Route, requestId: string): boolean {
  const message = create(method.input);
  reflect(method.input, message).set(method.input.field["requestId"] as never, requestId);
  const { violations = [] } = validator.validate(method.input, message);
  return !violations.some(({ field }) => field.some((part) => "name" in part && part.name === "request_id"));
}

it("is about all the methods that change something", () => {
  expect(changing.length).toBeGreaterThan(0);
  expect(changing.length + oneOff.length + harmless.length).toBe(routes.length);
});

describe.each(changing)("the Idempotency-Key of $name", ({ route }) => {
  it.each(["12345678", "x".repeat(64), "0193-abc_DEF"])(
    "becomes its request_id, quoted or not: %s",
    async (key) => {
      expect(await sent(route, `"${key}"`)).toBe(key);
      expect(await sent(route, key)).toBe(key);
      expect(takes(route, key)).toBe(true);
    },
  );

  it.each(["1234567", "x".repeat(65), "with space", '"half-quoted', "one-key-1, one-key-2", ""])(
    "is refused where the contract would refuse it, or where it is no key: %j",
    async (key) => {
      await expect(sent(route, key)).rejects.toThrow(/^Idempotency-Key: must be/);
      expect(takes(route, key) && key !== "").toBe(false);
    },
  );

  it("must be the request_id, if both are there", async () => {
    expect(await sent(route, "the-same-one", "the-same-one")).toBe("the-same-one");
    await expect(sent(route, "from-the-header", "from-the-body")).rejects.toMatchObject({
      message: "Idempotency-Key: is another one than the request_id: send one of them, or the same",
    });
  });

  it("may be missing: then the request_id is the caller's, or a fresh one each time", async () => {
    expect(await sent(route, undefined, "from-the-body")).toBe("from-the-body");
    const [one, other] = [await sent(route), await sent(route)];
    expect(takes(route, String(one))).toBe(true);
    expect(one).not.toBe(other);
  });
});

it.each(oneOff)("is refused by $name, which cannot keep what it promises", async ({ route }) => {
  await expect(sent(route, "a-key-of-mine")).rejects.toThrow(/^Idempotency-Key: this method takes none/);
  await expect(sent(route)).resolves.toBeUndefined();
});

it.each(harmless)("changes nothing for $name, which may be repeated anyway", async ({ route }) => {
  await expect(sent(route, "a-key-of-mine")).resolves.toBeUndefined();
});
