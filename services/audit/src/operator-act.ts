import { create, type DescMethod } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { AnyKysely } from "@todo/kit/database";
import { record } from "@todo/kit/outbox";
import type { Principal } from "@todo/kit/principal";
import { OperatorActedSchema } from "@todo/proto/todo/audit/v1/access_event";

/** What an operator is about to do. */
export interface OperatorAct {
  method: DescMethod;
  /** The user whose event it is. Empty: unknown. */
  userId: string;
  eventId: string;
  consumer?: string;
  key?: string;
  dryRun?: boolean;
}

/** Records what an operator is about to do. Who acts only after it resolved, acts in the sight of the user. */
export async function recordAct(
  deps: { database: AnyKysely; now: () => Date },
  by: Principal,
  act: OperatorAct,
): Promise<void> {
  const { userId, eventId, consumer = "", key = "", dryRun = false } = act;
  const time = deps.now();
  const message = create(OperatorActedSchema, {
    userId,
    operator: by.userId,
    method: `${act.method.parent.typeName}/${act.method.name}`,
    consumer,
    key,
    eventId,
    dryRun,
    time: timestampFromDate(time),
    requestId: by.requestId,
  });
  const streamId = JSON.stringify(["operator", userId]);
  const event = {
    topic: "task.audit",
    message,
    subject: eventId,
    key: userId,
    streamId,
    position: 0n,
    userId,
    time,
  };
  await deps.database.transaction().execute((tx: AnyKysely) => record(tx, "audit", [event]));
}
