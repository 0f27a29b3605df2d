import type { ServiceImpl } from "@connectrpc/connect";
import { type Principal, principalOf } from "@todo/kit/principal";
import { type AdvanceSeriesRequest, SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { deadlockBy } from "#src/consequences/deadlock.ts";
import type { Database } from "#src/database.ts";
import { Inheritable, type Series } from "#src/domain/series.ts";
import type { Task } from "#src/domain/task.ts";
import { seriesOvertaken } from "#src/errors.ts";
import type { Changed, Decision } from "#src/outcome.ts";
import { readSeriesWith } from "#src/queries/series.ts";
import { type Advance, mayFollow, repeated } from "#src/series/advance.ts";
import { type Again, movedInstants } from "#src/series/again.ts";
import { goneForGood, mayComeAgain, metBy } from "#src/series/meet.ts";
import { nextOf } from "#src/series/next.ts";
import { isAtRest } from "#src/series/rest.ts";
import { placeAt } from "#src/series/same-time.ts";
import type { Circumstances } from "#src/write.ts";
import { missingSeries, type SeriesServiceDeps } from "./series-deps.ts";

const method = SeriesService.method.advanceSeries;
type Advanced = Decision<typeof method.output>;

export function advanceSeries(deps: SeriesServiceDeps): ServiceImpl<typeof SeriesService>["advanceSeries"] {
  return (request, context) => {
    const principal = principalOf(context);
    return deps.write({
      method,
      request: Object.assign(request, { requestId: "" }),
      principal,
      signal: context.signal,
      taskIds: [],
      blind: false,
      decide: (_, o) => decided(deps, request, { ...o, principal }),
    });
  };
}

async function decided(
  deps: SeriesServiceDeps,
  request: AdvanceSeriesRequest,
  { now, database, principal }: Circumstances & { principal: Principal },
): Promise<Advanced> {
  const { follows, outcome, seriesVersion, skippedCount: missed, tzdata } = request;
  const next = outcome.case === "next" ? outcome.value : undefined;
  const recurrenceIds = next === undefined ? [follows] : [follows, next.recurrenceId];
  const seriesId = request.seriesId.toLowerCase();
  const known = await readSeriesWith(database, principal.userId, { seriesId, recurrenceIds });
  if (known === undefined) throw missingSeries(deps, method, { principal, id: seriesId });
  const { series, occurrences } = known;
  const former = occurrences.get(follows);
  if (outcome.case === "again") return told(request, { series, former, instants: outcome.value, now });
  const place = next && (await placeAt(database, { series, follows, next, occurrences }));
  const there = place?.there;
  const advance: Advance = { series, former, next, there, version: Number(seriesVersion), follows, now };
  if (repeated(advance)) return { changes: [], answer: answerOf(there) };
  const atRest = former !== undefined && (await isAtRest(database, former));
  if (atRest || !mayFollow(advance)) throw seriesOvertaken(series.id);
  if (next === undefined || place === undefined) return exhausted({ series, former, missed, now });
  if (there !== undefined && !mayComeAgain(there)) {
    const change = metBy(series, { there, next, follows, missed, now });
    return { changes: [change], series: [{ series, kind: "changed", at: there }], answer: answerOf(there) };
  }
  const from = former ?? goneForGood(series, now);
  const made = await nextOf(database, { series, former: from, next, ...place, missed, tzdata, now });
  await freed(database, made);
  const following = series.inherits(Inheritable.subtasks) ? "all" : "counted";
  return { changes: made, following, isNextOccurrence: true, answer: answerOf(made[0].task) };
}

/** Lets an occurrence stand alone, or wait for nothing, where it would otherwise close a ring of tasks that wait. */
async function freed(database: Database, made: readonly [Changed, ...Changed[]]): Promise<void> {
  const [first] = made;
  for (const free of [{ subtaskOf: null }, { dependsOn: [] }]) {
    if ((await deadlockBy(database, first.task.userId, made)) === undefined) return;
    first.change = first.task.amend(first.change, free);
  }
}

/** Of the occurrence that is there. */
function told(
  { seriesVersion, follows, tzdata }: AdvanceSeriesRequest,
  { series, former: task, ...o }: Pick<Advance, "series" | "former" | "now"> & Pick<Again, "instants">,
): Advanced {
  const stands = series.stands({ version: Number(seriesVersion), follows });
  if (!stands || task?.isOpen !== true) throw seriesOvertaken(series.id);
  const change = movedInstants(series, task, { ...o, tzdata });
  if (change === undefined) return { changes: [], answer: answerOf(task) };
  return {
    changes: [{ task, change }],
    series: [{ series, kind: "changed", at: task }],
    answer: answerOf(task),
  };
}

function exhausted(o: { series: Series; missed: number; now: Date } & Pick<Advance, "former">): Advanced {
  const { series, former, missed, now } = o;
  // No task is left that could tell of it, and none follows either way.
  if (former === undefined) throw seriesOvertaken(series.id);
  series.exhausted(missed, now);
  const change = former.recur({ isRecurring: false, nextOccurrence: null }, { now, anyway: true });
  return {
    changes: change === undefined ? [] : [{ task: former, change }],
    series: [{ series, kind: "exhausted", at: former }],
    answer: ({ userSeq }) => ({ userSeq }),
  };
}

function answerOf(task: Task | undefined): Advanced["answer"] {
  return ({ message, userSeq }) => ({ userSeq, ...(task && { task: message(task) }) });
}
