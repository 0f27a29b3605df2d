import { makeDatabase } from "#src/create/databases.ts";
import { jsonCaller } from "#src/load/json-caller.ts";
import { type Contender, interleave, ratio } from "#src/load/rounds.ts";
import { openAuditLog } from "#src/mesh/audit-log.ts";
import { httpCaller } from "#src/mesh/http-caller.ts";
import { signUpPeople } from "#src/mesh/people.ts";
import { startMesh } from "#src/mesh/running-mesh.ts";
import type { Comparison } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";
import { startFastapi } from "./fastapi-process.ts";
import { fastapiSide } from "./fastapi-side.ts";
import type { Installed } from "./install.ts";
import { fastapiTable, openStock } from "./stock.ts";

const names = { peer: "FastAPI + SQLModel, called directly", whole: "the whole mesh" };

/** A create by everything that a user's call passes, beside that of an app without any of it. */
export async function compareWhole(bench: Bench, installed: Installed): Promise<Comparison> {
  await using stack = new AsyncDisposableStack();
  const samples = await interleave(await ways(stack, bench, installed), bench.plan.hops, bench.signal);
  return {
    title: "Creating a task by the whole mesh, beside FastAPI",
    about: `${bench.plan.hops.load.inFlight} calls in flight, one Postgres, JSON over HTTP/1.1 on either side. The mesh is gateway,
two sidecars, task service and outbox; meanwhile its events go through Kafka and a sidecar to the audit service, which
catches up between the turns. FastAPI does none of that, and it has no bound to beat here.`,
    figures: [],
    lines: linesOf(samples, names.peer),
    remarks: [
      `Through the whole mesh a create makes ${ratio(samples, names.whole, names.peer).toFixed(2)} of FastAPI's calls a second.`,
    ],
  };
}

async function ways(stack: AsyncDisposableStack, bench: Bench, installed: Installed): Promise<Contender[]> {
  const { system } = await startMesh(stack, bench);
  const people = await signUpPeople(system.gatewayUrl, bench.plan.hops.load.inFlight);
  const audit = stack.use(await openAuditLog(system.database.adminUrl));
  const { call } = stack.use(httpCaller(system.gatewayUrl, people));
  const databaseUrl = await makeDatabase(system.database.adminUrl, "fastapi");
  const { url, cpuMs } = await startFastapi(stack, bench, { installed, databaseUrl });
  const caller = stack.use(jsonCaller(url));
  const stock = stack.use(openStock(databaseUrl, fastapiTable));
  const peer = fastapiSide({ caller, userIds: people.map(({ userId }) => userId), stock, cpuMs });
  const create = async (place: number) => void (await peer.ask("create", place, { id: "", title: "" }));
  return [
    { name: names.peer, call: create },
    { name: names.whole, call, settle: () => audit.caughtUp(bench.signal) },
  ];
}
