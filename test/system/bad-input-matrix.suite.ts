import {
  type ListTasksRequest_Order,
  ListTasksRequest_OrderSchema,
  TaskService,
} from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import { countRules, ends, exposedMethods, matrix, nameOf, type Row } from "./bad-input/matrix.ts";
import { type Json, sampleId } from "./bad-input/sample.ts";
import { complaint, sendBinary, sendJson } from "./bad-input/send.ts";
import type { Bed } from "./bed.ts";
import { type User, userTransport } from "./user.ts";

/** The kinds that any field can suffer; all others are rules of the contract. */
const unruled = new Set([
  "unknown field",
  "misspelt field",
  "field in capitals",
  "wrong type",
  "null in a list",
  "unknown enum name",
  "unknown enum number",
  "misspelt enum name",
  "NUL",
  "no UTF-8",
  "half a surrogate pair",
  "out of range",
  "no time",
  "empty mask",
  "unknown name in a mask",
  "name below a field in a mask",
  "broken mask",
]);
const atOnce = 8;

/** Made from the contracts: a new field or rule is in it by itself. */
export function badInputMatrixSuite(bed: () => Bed): void {
  describe("every rule of every exposed request, and what else can be wrong with a field", () => {
    const rows = matrix();
    const ruled = rows.filter(({ kind }) => !unruled.has(kind));
    const methods = exposedMethods().filter((method) => rows.some((row) => row.method === nameOf(method)));
    let user: User;
    beforeAll(async () => {
      user = await bed().signUp();
    });

    it("is broken once", () => {
      expect(ruled).toHaveLength(countRules());
      expect(rows.length).toBeGreaterThan(1000);
    });

    it.each(methods.map((method) => [nameOf(method)]))(
      "of %s is answered with its place and sentence",
      async (name) => {
        const mine = rows.filter(({ method }) => method === name);
        const wrong = await inTurn(mine, async (row) =>
          complaint(row, await sendJson(bed().url, user.token, row)),
        );
        expect(wrong).toEqual([]);
      },
    );

    it("is answered in the names of the contract over Protobuf", async () => {
      const transport = userTransport(bed().url, user.token);
      const wrong = await inTurn(ruled, async (row) => {
        const method = methods.find((each) => nameOf(each) === row.method);
        if (method === undefined) return [`${row.method} is gone`];
        return complaint(row, await sendBinary(transport, method, row), snake);
      });
      expect(wrong).toEqual([]);
    });

    it("leaves nothing behind", async () => {
      expect((await user.client(TaskService).listChanges({})).changes).toEqual([]);
    });
  });

  describe("a time at the ends of time", () => {
    let user: User;
    beforeAll(async () => {
      user = await bed().signUp();
    });

    it("is taken or refused wherever there is place for one, and a day that does not exist is refused", async () => {
      const { task } = await user.client(TaskService).createTask({ title: "at the ends" });
      const rows = ends().map((row) => ({ ...row, request: withId(row.request, task?.id ?? "") }));
      expect(rows.length).toBeGreaterThan(50);
      const wrong = await inTurn(rows, async (row) => {
        const { code, reason } = await sendJson(bed().url, user.token, row);
        const isRefused = code === "invalid_argument";
        const isRight = /0000-|02-30|02-29/.test(row.path)
          ? isRefused
          : isRefused || /^(200|400|409) /.test(code);
        return isRight ? [] : [`${row.method} ${row.path}: ${code} ${reason}`];
      });
      expect(wrong).toEqual([]);
    });

    it("is listed in every order and explained, page by page", async () => {
      const client = user.client(TaskService);
      for (const { number } of ListTasksRequest_OrderSchema.values) {
        const order = number as ListTasksRequest_Order;
        const ids: string[] = [];
        let pageToken = "";
        do {
          const page = await client.listTasks({ order, pageSize: 2, pageToken });
          ids.push(...page.tasks.map(({ id }) => id));
          pageToken = page.nextPageToken;
        } while (pageToken !== "" && ids.length < 100);
        expect(ids.length).toBeGreaterThan(5);
        expect(new Set(ids).size).toBe(ids.length);
        const { urgencies } = await client.explainUrgency({ ids: ids.slice(0, 100) });
        expect(urgencies).toHaveLength(ids.length);
      }
    });
  });
}

async function inTurn(rows: readonly Row[], check: (row: Row) => Promise<string[]>): Promise<string[]> {
  const left = [...rows];
  const found: string[] = [];
  const work = async () => {
    for (let row = left.shift(); row !== undefined; row = left.shift()) found.push(...(await check(row)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
}

function withId(request: Json, id: string): Json {
  return JSON.parse(JSON.stringify(request).replaceAll(sampleId, id)) as Json;
}

/** `subtaskOf` as the contract has it. */
function snake(text: string): string {
  return text.replaceAll(/(?<=[a-z])[A-Z](?=[a-z])/g, (letter) => `_${letter.toLowerCase()}`);
}
