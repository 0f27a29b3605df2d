import type { Comparison } from "#src/report/figure.ts";
import type { Bench } from "../bench.ts";
import { openAuditLog } from "./audit-log.ts";
import { compareHops } from "./compare-hops.ts";
import { httpCaller } from "./http-caller.ts";
import { measureDelivery } from "./measure-delivery.ts";
import { signUpPeople } from "./people.ts";
import { startMesh } from "./running-mesh.ts";

/** Everything that needs the whole system. */
export async function compareMesh(bench: Bench): Promise<Comparison[]> {
  await using stack = new AsyncDisposableStack();
  const mesh = await startMesh(stack, bench);
  const { gatewayUrl, database } = mesh.system;
  const people = await signUpPeople(gatewayUrl, bench.plan.hops.load.inFlight);
  const audit = stack.use(await openAuditLog(database.adminUrl));
  const { call } = stack.use(httpCaller(gatewayUrl, people));
  const delivery = await measureDelivery(bench, { call, audit });
  return [await compareHops(bench, { mesh, people, audit }), delivery];
}
