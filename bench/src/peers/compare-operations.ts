import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { randomSecret } from "@todo/local/secrets/files";
import { makeDatabase } from "#src/create/databases.ts";
import { startDirectService } from "#src/create/direct-service.ts";
import { plainCaller } from "#src/create/plain-caller.ts";
import { startPostgres } from "#src/create/postgres.ts";
import type { Sample } from "#src/load/closed-loop.ts";
import { jsonCaller } from "#src/load/json-caller.ts";
import { interleave, ratio } from "#src/load/rounds.ts";
import type { Comparison, Figure } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";
import { contendersOf } from "./contenders.ts";
import { startFastapi } from "./fastapi-process.ts";
import { fastapiSide } from "./fastapi-side.ts";
import type { Installed } from "./install.ts";
import { requireSameEffect } from "./same-effect.ts";
import { serviceSide } from "./service-side.ts";
import { type Operation, operations, pageSize, type Side } from "./side.ts";
import { fastapiTable, openStock, serviceTable } from "./stock.ts";

const tasksPerUser = 100;

/** Five operations of the task service, called directly, against those of a Python app on the same Postgres. */
export async function compareOperations(bench: Bench, installed: Installed): Promise<Comparison> {
  const { plan, signal } = bench;
  await using stack = new AsyncDisposableStack();
  const users = Array.from({ length: plan.peers.load.inFlight }, () => randomUUID());
  const serverUrl = await startPostgres(stack, bench);
  const peer = await openPeer(stack, bench, { installed, serverUrl, users });
  const service = await openService(stack, bench, { serverUrl, users });
  await requireSameEffect([service, peer]);
  const turns = await contendersOf([peer, service], { plan: plan.peers, tasksPerUser });
  const samples = new Map<Operation, Map<string, Sample[]>>();
  for (const operation of operations)
    samples.set(operation, await interleave(turns(operation), plan.peers, signal));
  return comparison(samples, { peer: peer.name, service: service.name, python: installed.version });
}

interface Ground {
  serverUrl: string;
  users: readonly string[];
}

async function openPeer(
  stack: AsyncDisposableStack,
  bench: Bench,
  { installed, serverUrl, users: userIds }: Ground & { installed: Installed },
): Promise<Side> {
  const databaseUrl = await makeDatabase(serverUrl, "fastapi");
  const caller = stack.use(jsonCaller(await startFastapi(stack, bench, { installed, databaseUrl })));
  return fastapiSide({ caller, userIds, stock: stack.use(openStock(databaseUrl, fastapiTable)) });
}

async function openService(
  stack: AsyncDisposableStack,
  { folder, log }: Bench,
  { serverUrl, users }: Ground,
): Promise<Side> {
  const databaseUrl = await makeDatabase(serverUrl, "direct");
  const logFile = join(folder, "task.log");
  const service = await startDirectService({ databaseUrl, rolePassword: randomSecret(), log, logFile });
  const caller = stack.use(await plainCaller(stack.use(service), users));
  return serviceSide(caller, stack.use(openStock(databaseUrl, serviceTable)));
}

const titles: Record<Operation, string> = {
  get: "GetTask",
  list: `ListTasks, ${pageSize} open ones by due date`,
  update: "UpdateTask",
  complete: "CompleteTask",
  create: "CreateTask",
};

function comparison(
  samples: ReadonlyMap<Operation, Map<string, Sample[]>>,
  { peer, service, python }: { peer: string; service: string; python: string },
): Comparison {
  const figures = [...samples].map(
    ([operation, own]): Figure => ({
      name: `${titles[operation]}, direct, against FastAPI`,
      value: ratio(own, service, peer),
      unit: "of the calls/s",
      bound: { atLeast: 2 },
      toReach: true,
    }),
  );
  const tables = [...samples].map(([operation, own]) => {
    const { heads, rows } = linesOf(own, peer);
    return { heads, rows: rows.map(({ name, cells }) => ({ name: `${operation}: ${name}`, cells })) };
  });
  return {
    title: "Five operations against FastAPI",
    about: `${peer} on asyncpg, uvloop and httptools, Python ${python}: one worker, JSON over HTTP/1.1. The task service is one
process as well, its caller plain HTTP/2. As many users as calls in flight with ${tasksPerUser} tasks each; ten connections to one
Postgres, and a database for each. Before the clock starts, both have to do and show the same. FastAPI's app takes on
trust who asks, and keeps neither events, a feed, answers to repeat, an undo nor a next page; the service does.`,
    figures,
    lines: { heads: tables[0]?.heads ?? [], rows: tables.flatMap(({ rows }) => rows) },
    remarks: [],
  };
}
