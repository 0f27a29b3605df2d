import { describe, expect, it } from "vitest";
import { createRemoval, type Queryable } from "./rows.ts";

/** A connection that answers when it is told to, one statement after the other. */
function heldConnection() {
  const asked: { seqs: unknown; answer: (error?: Error) => void }[] = [];
  const query = (({ values }: { values: unknown[] }) =>
    new Promise<void>((resolve, reject) => {
      asked.push({ seqs: values[0], answer: (error) => (error === undefined ? resolve() : reject(error)) });
    })) as unknown as Queryable["query"];
  return { client: { query }, asked };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("taking rows out of the outbox", () => {
  it("joins what comes while a statement runs, and tells each when its own rows are out", async () => {
    const { client, asked } = heldConnection();
    const remove = createRemoval(client);
    const out: string[] = [];
    void remove(["1"]).then(() => out.push("1"));
    await settled();
    for (const seq of ["2", "3"]) void remove([seq]).then(() => out.push(seq));
    await settled();
    expect(asked.map(({ seqs }) => seqs)).toEqual([["1"]]);
    asked[0]?.answer();
    await settled();
    expect(out).toEqual(["1"]);
    expect(asked.map(({ seqs }) => seqs)).toEqual([["1"], ["2", "3"]]);
    asked[1]?.answer();
    await settled();
    expect(out).toEqual(["1", "2", "3"]);
  });

  it("fails for those whose statement failed, and for nobody else", async () => {
    const { client, asked } = heldConnection();
    const remove = createRemoval(client);
    const first = remove(["1"]);
    await settled();
    const second = remove(["2"]);
    asked[0]?.answer(new Error("gone"));
    await expect(first).rejects.toThrow("gone");
    await settled();
    asked[1]?.answer();
    await second;
  });
});
