import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { randomSecret } from "@todo/local/secrets/files";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { costed } from "#src/load/processor-time.ts";
import { interleave, ratio } from "#src/load/rounds.ts";
import type { Comparison } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";
import { openBareWriter } from "./bare-writer.ts";
import { makeDatabase } from "./databases.ts";
import { startDirectService } from "./direct-service.ts";
import { plainCaller } from "./plain-caller.ts";
import { startPostgres } from "./postgres.ts";
import { createRequest } from "./request.ts";

const [bare, service] = ["one named statement by `pg`", "CreateTask, called directly"];

/** What a whole CreateTask is worth against the bare statement that stores as much. */
export async function compareCreate(bench: Bench): Promise<Comparison> {
  const { plan, log, signal } = bench;
  await using stack = new AsyncDisposableStack();
  const serverUrl = await startPostgres(stack, bench);
  const rolePassword = randomSecret();
  const userIds = Array.from({ length: plan.create.load.inFlight }, () => randomUUID());
  const shared = { rolePassword, userIds, log, logFile: join(bench.folder, "task.log") };
  const direct = stack.use(
    await startDirectService({ ...shared, databaseUrl: await makeDatabase(serverUrl, "direct") }),
  );
  const writer = stack.use(
    await openBareWriter({ ...shared, databaseUrl: await makeDatabase(serverUrl, "bare") }),
  );
  const ownCpuMs = async () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  const statement = costed({ name: bare, call: writer.call, settle: writer.settle }, ownCpuMs);
  const caller = stack.use(await plainCaller(direct, userIds));
  const call = async (place: number) =>
    void (await caller.call(TaskService.method.createTask, place, createRequest()));
  const whole = costed({ name: service, call }, direct.cpuMs);
  const samples = await interleave([statement, whole], plan.create, signal);
  return {
    title: "Creating a task, direct",
    about: `${plan.create.load.inFlight} calls in flight, ten connections of the service's role to one Postgres on either side, the same table
and indexes. The service is a process of its own with a broker in memory, its caller plain HTTP/2. Besides the task and its two events it stores the feed, the user's counter and the answer for repetitions,
checks who asks and what is asked, and its relay empties the outbox meanwhile.`,
    figures: [
      {
        name: "CreateTask against the same change by a named statement",
        value: ratio(samples, service, bare),
        unit: "of the calls/s",
        bound: { atLeast: 0.3 },
      },
    ],
    lines: linesOf(samples, bare),
    remarks: [
      `Processor time without Postgres and the caller: ${statement.perCallUs().toFixed(0)} µs for the statement by \`pg\`, \
${whole.perCallUs().toFixed(0)} µs for the call in the service.`,
    ],
  };
}
