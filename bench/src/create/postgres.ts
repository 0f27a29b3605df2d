import { startDatabase } from "@todo/local/ground";
import { allocatePorts } from "@todo/local/ports";
import { supervised } from "#src/child/supervised.ts";
import type { Bench } from "../bench.ts";

/** Starts a Postgres that goes with the stack; answers with its administrator's DSN. */
export async function startPostgres(
  stack: AsyncDisposableStack,
  { environment, signal }: Bench,
): Promise<string> {
  const { folder, supervisor } = await supervised(stack);
  const { postgres: port } = await allocatePorts(["postgres"], {});
  const report = () => undefined;
  return (await startDatabase({ folder, environment, supervisor, report, signal, port })).value;
}
