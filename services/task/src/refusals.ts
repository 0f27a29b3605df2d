import type { DescMethod } from "@bufbuild/protobuf";
import type { ErrorReason } from "@todo/kit/errors";
import type { Principal } from "@todo/kit/principal";
import type { Refusals as AnyRefusals } from "@todo/kit/refusals";
import { type Database, read, type Statement } from "./database.ts";

export interface Miss {
  principal: Principal;
  method: DescMethod;
  reason: ErrorReason;
  /** The id that the caller has no task of, or no series. */
  taskId: string;
  /** By default a task. */
  of?: "series";
}

/** Notes who asks for tasks of others. */
export interface Refusals {
  missed(miss: Miss): void;
}

const taskStatement: Statement = {
  name: "exists-elsewhere",
  text: "select task_exists_elsewhere($1, $2) as found",
};
const seriesStatement: Statement = {
  name: "series-exists-elsewhere",
  text: "select series_exists_elsewhere($1, $2) as found",
};

export function refusalsIn(database: Database, refusals: Pick<AnyRefusals, "missed">): Refusals {
  return {
    missed({ taskId, of, ...miss }) {
      const statement = of === "series" ? seriesStatement : taskStatement;
      const existsElsewhere = async () => {
        const values = [miss.principal.userId, taskId];
        const [row] = await read<{ found: boolean }>(database, statement, values);
        return row?.found === true;
      };
      refusals.missed({ ...miss, subject: taskId, existsElsewhere });
    },
  };
}
