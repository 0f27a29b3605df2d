import type { JsonValue } from "@bufbuild/protobuf";
import type { AnyKysely } from "@todo/kit/database";
import { advance } from "./advance.ts";
import { again, mayMove } from "./again.ts";
import { toRequest } from "./mapping.ts";
import { dropPending, putPending } from "./pending-table.ts";
import type { SeriesState } from "./series-state.ts";
import { saveState } from "./series-table.ts";

export interface SettleDeps {
  readonly now: () => Date;
  /** The version of the time zones that this process has. */
  readonly tzdata: string;
}

/** Keeps what is known of a series together with what follows from it: what task is asked for, or a time to wake. */
export async function settle(tx: AnyKysely, state: SeriesState, deps: SettleDeps): Promise<void> {
  const now = deps.now();
  const { request, wakeAt } = dueOf(state, { now, tzdata: deps.tzdata });
  await saveState(tx, state, { at: wakeAt, tzdata: deps.tzdata, now });
  if (request === undefined) await dropPending(tx, state.seriesId);
  else await putPending(tx, state, { request, now });
}

interface Due {
  request?: JsonValue;
  wakeAt?: Date;
}

/** Instants are told again where nothing more is asked for: with another occurrence they come by themselves. */
function dueOf(state: SeriesState, o: { now: Date; tzdata: string }): Due {
  const due = advanceOf(state, o);
  const isStale = state.active && state.fact?.done === undefined && state.tzdata < o.tzdata;
  if (due.request !== undefined || !isStale || !mayMove(state.plan.tzid)) return due;
  return { ...due, request: toRequest(state, again(state.plan), o.tzdata) };
}

/** A series that is made by due date ends with its last occurrence, not when there is none behind it. */
function advanceOf(state: SeriesState, { now, tzdata }: { now: Date; tzdata: string }): Due {
  const { active, plan, fact } = state;
  if (!active || (plan.trigger === "completion" && fact?.done === undefined)) return {};
  const found = advance(plan, fact?.done, now);
  if (found.kind === "wait") return { wakeAt: new Date(found.until * 1_000) };
  if (found.kind === "exhausted" && fact?.done === undefined) return {};
  return { request: toRequest(state, found, tzdata) };
}
