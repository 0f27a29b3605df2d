import type { DescMethod } from "@bufbuild/protobuf";
import { ErrorReason } from "@todo/kit/errors";
import type { Principal } from "@todo/kit/principal";
import type { Database } from "#src/database.ts";
import { ringOf } from "#src/domain/ring.ts";
import { dependencyCycle, dependencyInvalid } from "#src/errors.ts";
import { waitedFor } from "#src/queries/dependencies.ts";
import { noteMiss, type TaskServiceDeps } from "./deps.ts";

/**
 * Throws DEPENDENCY_INVALID unless all the ids name tasks that can be waited for, DEPENDENCY_CYCLE if one of them waits
 * for `waiting`, DEPENDENCIES_TOO_MANY. `waiting` is `undefined` for a new task.
 */
export async function requireDependencies(
  deps: Pick<TaskServiceDeps, "refusals">,
  o: {
    method: DescMethod;
    principal: Principal;
    database: Database;
    dependencies: readonly string[];
    waiting: string | undefined;
  },
): Promise<void> {
  const { method, principal, database, dependencies, waiting } = o;
  if (dependencies.length === 0) return;
  const known = await waitedFor(database, principal.userId, dependencies);
  for (const taskId of dependencies) {
    const dependency = known.get(taskId);
    if (dependency !== undefined && !dependency.inTrash) continue;
    if (dependency === undefined) {
      noteMiss(deps, method, { principal, taskId, reason: ErrorReason.DEPENDENCY_INVALID });
    }
    throw dependencyInvalid(taskId);
  }
  const ring = waiting && ringOf(waiting, dependencies, (id) => known.get(id)?.dependsOn ?? []);
  if (ring) throw dependencyCycle(ring);
}
