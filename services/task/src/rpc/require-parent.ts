import type { DescMethod } from "@bufbuild/protobuf";
import { ErrorReason } from "@todo/kit/errors";
import type { Principal } from "@todo/kit/principal";
import type { Database } from "#src/database.ts";
import { parentInvalid } from "#src/errors.ts";
import { checkParent } from "#src/queries/parent.ts";
import { noteMiss, type TaskServiceDeps } from "./deps.ts";

/** Throws PARENT_INVALID unless `subtaskOf` names a task that can hold the child; `undefined`: a new one. */
export async function requireParent(
  deps: Pick<TaskServiceDeps, "refusals">,
  o: {
    method: DescMethod;
    principal: Principal;
    database: Database;
    subtaskOf: string;
    child: string | undefined;
  },
): Promise<void> {
  const { method, principal, database, subtaskOf, child } = o;
  const parent = await checkParent(database, principal.userId, subtaskOf, child);
  if (parent === "fit") return;
  if (parent === "missing") {
    noteMiss(deps, method, { principal, taskId: subtaskOf, reason: ErrorReason.PARENT_INVALID });
  }
  throw parentInvalid(subtaskOf);
}
