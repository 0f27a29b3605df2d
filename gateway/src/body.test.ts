import { PassThrough } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { expect, it } from "vitest";
import { bodyOf, readAll } from "#src/body.ts";
import type { Incoming } from "#src/http.ts";

const request = (...chunks: string[]) => {
  const stream = new PassThrough();
  for (const chunk of chunks) stream.write(chunk);
  return stream;
};
const read = (stream: PassThrough, maxBytes: number, withinMs = 5000) =>
  readAll(bodyOf(stream as unknown as Incoming, withinMs), maxBytes);

it("is read whole", async () => {
  const stream = request("ab", "cd");
  stream.end();
  expect(String(await read(stream, 4))).toBe("abcd");
});

it("is refused when it grows too large, and the connection is left to tell so", async () => {
  const stream = request("ab", "cde");
  await expect(read(stream, 4)).rejects.toMatchObject({ reason: 24 });
  expect(stream.destroyed).toBe(false);
});

it("is given up when it takes too long, however it dribbles", async () => {
  const stream = request("a");
  const dribble = setInterval(() => stream.write("a"), 5);
  const error = await read(stream, 1_000_000, 60).then(() => undefined, ConnectError.from);
  expect(error).toMatchObject({
    code: Code.DeadlineExceeded,
    rawMessage: "the request took too long to arrive",
  });
  expect(reasonOf(error as ConnectError)).toBe("DEADLINE_PASSED");
  clearInterval(dribble);
  expect(stream.destroyed).toBe(false);
});

it("that breaks off is an error", async () => {
  const stream = request("a");
  const reading = read(stream, 10);
  stream.destroy(new Error("reset"));
  await expect(reading).rejects.toThrow("reset");
});
