import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { randomSecret } from "@todo/local/secrets/files";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { makeDatabase } from "#src/create/databases.ts";
import { startDirectService } from "#src/create/direct-service.ts";
import { type PlainCaller, plainCaller } from "#src/create/plain-caller.ts";
import { startPostgres } from "#src/create/postgres.ts";
import { createRequest } from "#src/create/request.ts";
import type { Call, Sample } from "#src/load/closed-loop.ts";
import { type Contender, interleave, ratio } from "#src/load/rounds.ts";
import type { Comparison, Figure } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";
import { openBareReader } from "./bare-reader.ts";

const tasksPerUser = 100;
const pageSize = 50;
const get = { bare: "a task by `pg`", service: "GetTask, called directly" };
const list = { bare: `${pageSize} tasks by \`pg\``, service: `ListTasks of ${pageSize}, called directly` };

/** What reads by the service are worth against bare statements that fetch the same rows. */
export async function compareReads(bench: Bench): Promise<Comparison[]> {
  const { plan, log, signal } = bench;
  await using stack = new AsyncDisposableStack();
  const databaseUrl = await makeDatabase(await startPostgres(stack, bench), "reads");
  const shared = { rolePassword: randomSecret(), log, logFile: join(bench.folder, "task.log") };
  const direct = stack.use(await startDirectService({ ...shared, databaseUrl }));
  const userIds = Array.from({ length: plan.read.load.inFlight }, () => randomUUID());
  const caller = stack.use(await plainCaller(direct, userIds));
  const ids = await Promise.all(userIds.map((_, place) => fill(caller, place)));
  const bare = stack.use(openBareReader(databaseUrl));
  const userOf = (place: number) => userIds[place % userIds.length] ?? "";
  const idOf = (place: number) => ids[place % ids.length]?.[Math.floor(Math.random() * tasksPerUser)] ?? "";
  const { getTask, listTasks } = TaskService.method;

  const gets: Contender[] = [
    { name: get.bare, call: fetching(1, (place) => bare.get(userOf(place), idOf(place))) },
    { name: get.service, call: answering((place) => caller.call(getTask, place, { id: idOf(place) })) },
  ];
  const lists: Contender[] = [
    // One more, as the service does to know whether there is another page.
    { name: list.bare, call: fetching(pageSize + 1, (place) => bare.list(userOf(place), pageSize + 1)) },
    { name: list.service, call: answering((place) => caller.call(listTasks, place, { pageSize })) },
  ];
  return [
    comparison("Reading a task, direct", get, await interleave(gets, plan.read, signal), 0.25),
    comparison("Listing tasks, direct", list, await interleave(lists, plan.read, signal), 0.4),
  ];
}

/** Makes a user's tasks; answers with their ids. */
async function fill(caller: PlainCaller, place: number): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < tasksPerUser; count++) {
    const { task } = await caller.ask(TaskService.method.createTask, place, createRequest());
    ids.push(task?.id ?? "");
  }
  return ids;
}

function fetching(expected: number, read: (place: number) => Promise<unknown[]>): Call {
  return async (place) => {
    const { length } = await read(place);
    if (length !== expected) throw new Error(`${length} rows instead of ${expected}`);
  };
}

function answering(call: (place: number) => Promise<Buffer>): Call {
  return async (place) => void (await call(place));
}

function comparison(
  title: string,
  { bare, service }: typeof get,
  samples: Map<string, Sample[]>,
  atLeast: number,
): Comparison {
  const figure: Figure = {
    name: `${service.split(",")[0]} against the same rows by a named statement`,
    value: ratio(samples, service, bare),
    unit: "of the calls/s",
    bound: { atLeast },
    toReach: true,
  };
  return {
    title,
    about: `Users with ${tasksPerUser} tasks each, the rows in memory, ten connections to one Postgres on either side. The
service is a process of its own and its caller plain HTTP/2; it checks who asks and what is asked, and makes messages
of the rows, which the bare statement leaves as they came.`,
    figures: [figure],
    lines: linesOf(samples, bare),
    remarks: [],
  };
}
