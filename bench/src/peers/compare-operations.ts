import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { randomSecret } from "@todo/local/secrets/files";
import { makeDatabase } from "#src/create/databases.ts";
import { startDirectService } from "#src/create/direct-service.ts";
import { plainCaller } from "#src/create/plain-caller.ts";
import { startPostgres } from "#src/create/postgres.ts";
import { jsonCaller } from "#src/load/json-caller.ts";
import { interleave } from "#src/load/rounds.ts";
import type { Comparison } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";
import { contendersOf } from "./contenders.ts";
import { startFastapi } from "./fastapi-process.ts";
import { fastapiSide } from "./fastapi-side.ts";
import type { Installed } from "./install.ts";
import { type Measured, reportOn } from "./report-operations.ts";
import { requireSameEffect } from "./same-effect.ts";
import { serviceSide } from "./service-side.ts";
import { type Operation, operations, type Side } from "./side.ts";
import { fastapiTable, openStock, serviceTable } from "./stock.ts";

const tasksPerUser = 100;

/** Five operations of the task service, called directly, against those of a Python app on the same Postgres. */
export async function compareOperations(bench: Bench, installed: Installed): Promise<Comparison> {
  const { plan, signal } = bench;
  await using stack = new AsyncDisposableStack();
  const { inFlight } = plan.peers.load;
  // One more, for the look at what the operations do.
  const users = Array.from({ length: inFlight + 1 }, () => randomUUID());
  const serverUrl = await startPostgres(stack, bench);
  const peer = await openPeer(stack, bench, { installed, serverUrl, users });
  const service = await openService(stack, bench, { serverUrl, users });
  await requireSameEffect([service, peer], inFlight);
  const turns = await contendersOf([peer, service], { plan: plan.peers, tasksPerUser });
  const measured = new Map<Operation, Measured>();
  for (const operation of operations) {
    const contenders = await turns(operation);
    measured.set(operation, { samples: await interleave(contenders, plan.peers, signal), contenders });
  }
  return reportOn(measured, {
    peer: peer.name,
    service: service.name,
    python: installed.version,
    tasksPerUser,
  });
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
  const { url, cpuMs } = await startFastapi(stack, bench, { installed, databaseUrl });
  const stock = stack.use(openStock(databaseUrl, fastapiTable));
  return fastapiSide({ caller: stack.use(jsonCaller(url)), userIds, stock, cpuMs });
}

async function openService(
  stack: AsyncDisposableStack,
  { folder, log }: Bench,
  { serverUrl, users }: Ground,
): Promise<Side> {
  const databaseUrl = await makeDatabase(serverUrl, "direct");
  const logFile = join(folder, "task.log");
  const service = stack.use(
    await startDirectService({ databaseUrl, rolePassword: randomSecret(), log, logFile }),
  );
  const caller = stack.use(await plainCaller(service, users));
  const stock = stack.use(openStock(databaseUrl, serviceTable));
  return serviceSide({ caller, stock, cpuMs: service.cpuMs });
}
