import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { expect, it } from "vitest";
import { revalidate } from "#src/revalidate.ts";

const answer = (text: string, status = 200) => ({
  status,
  header: new Headers({ "content-type": "application/json", "content-length": String(text.length) }),
  body: createAsyncIterable([Buffer.from(text)]),
});
const ask = (method: string, ifNoneMatch?: string) => ({
  method,
  header: new Headers(ifNoneMatch === undefined ? {} : { "if-none-match": ifNoneMatch }),
});

async function etagOf(text: string): Promise<string> {
  return (await revalidate(ask("GET"), answer(text))).header?.get("etag") ?? "";
}

it("gives equal answers equal tags, and others others", async () => {
  expect(await etagOf("a")).toMatch(/^"[\w-]{43}"$/);
  expect(await etagOf("a")).toBe(await etagOf("a"));
  expect(await etagOf("a")).not.toBe(await etagOf("b"));
});

it.each([
  ["the tag", (tag: string) => tag, 304],
  ["the tag as a weak one", (tag: string) => `W/${tag}`, 304],
  ["the tag among others", (tag: string) => `"x", ${tag}`, 304],
  ["a star", () => "*", 304],
  ["another tag", () => '"x"', 200],
  ["nothing of use", () => "", 200],
])("answers a caller who holds %s", async (_what, header, status) => {
  const response = await revalidate(ask("GET", header(await etagOf("a"))), answer("a"));
  expect(response.status).toBe(status);
  expect(response.body === undefined).toBe(status === 304);
  expect(response.header?.has("content-length")).toBe(status === 200);
});

it("leaves errors and other methods as they are", async () => {
  for (const response of [answer("a", 404), answer("a")]) {
    const method = response.status === 404 ? "GET" : "POST";
    expect(await revalidate(ask(method), response)).toBe(response);
  }
});
