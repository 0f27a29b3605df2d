import type { AnyKysely } from "@todo/kit/database";
import type { DomainEvent } from "@todo/kit/event";
import { type EventHandler, once } from "@todo/kit/subscribe";
import { type UserErased, UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import {
  OccurrenceCompletedSchema,
  OccurrenceCreatedSchema,
  OccurrenceReopenedSchema,
  OccurrenceSkippedSchema,
  SeriesChangedSchema,
  SeriesEndedSchema,
  SeriesExhaustedSchema,
} from "@todo/proto/todo/task/v1/series_event";
import { type SeriesEvent, toDone, toSnapshot } from "./mapping.ts";
import { merge, type Told } from "./series-state.ts";
import { eraseUser, isErased, loadState, lockSeries } from "./series-table.ts";
import { type SettleDeps, settle } from "./settle.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the service does with each topic it reads: it follows every series, and obeys erasures. */
export function recurrenceSubscriptions(deps: SettleDeps): Record<string, EventHandler[]> {
  const follow = async (tx: AnyKysely, event: SeriesEvent, about: Told["about"]) => {
    const series = toSnapshot(event);
    await lockSeries(tx, series);
    if (await isErased(tx, series.userId)) return;
    const known = await loadState(tx, series.seriesId);
    const state = merge(known, { series, about });
    if (state !== known) await settle(tx, state, deps);
  };
  const obey = async ({ data: { userId } }: DomainEvent<UserErased>, tx: AnyKysely) => {
    // Nobody else can have made a series.
    if (uuid.test(userId)) await eraseUser(tx, userId, deps.now());
  };
  return {
    "task.recurring": [
      once(SeriesChangedSchema, ({ data }, tx) => follow(tx, data, undefined)),
      once(SeriesEndedSchema, ({ data }, tx) => follow(tx, data, undefined)),
      once(SeriesExhaustedSchema, ({ data }, tx) => follow(tx, data, undefined)),
      once(OccurrenceCompletedSchema, ({ data }, tx) => {
        const done = toDone("completed", data.completeTime);
        return follow(tx, data, { recurrenceId: data.recurrenceId, done });
      }),
      once(OccurrenceSkippedSchema, ({ data }, tx) => {
        const done = toDone("skipped", data.context?.time);
        return follow(tx, data, { recurrenceId: data.recurrenceId, done });
      }),
      once(OccurrenceReopenedSchema, ({ data }, tx) =>
        follow(tx, data, { recurrenceId: data.recurrenceId, done: undefined }),
      ),
      once(OccurrenceCreatedSchema, ({ data }, tx) =>
        follow(tx, data, { recurrenceId: data.recurrenceId, done: undefined }),
      ),
    ],
    "user.events": [once(UserErasedSchema, obey)],
  };
}
