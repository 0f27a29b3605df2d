import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { createAssertionVerifier } from "@todo/kit/assertion";
import { detail, errorDomain } from "@todo/kit/errors";
import type { IncomingRecord } from "@todo/kit/event";
import { serviceInterceptors } from "@todo/kit/grpc/interceptors";
import { mount, serveGrpc } from "@todo/kit/grpc/server";
import type { Logger } from "@todo/kit/log";
import { principalOf } from "@todo/kit/principal";
import type { TestKeys } from "@todo/kit/testing/keys";
import { uuidV7 } from "@todo/kit/uuid";
import { ErrorInfoSchema } from "@todo/proto/google/rpc/error_details";
import { Series_State } from "@todo/proto/todo/task/v1/series";
import {
  type AdvanceSeriesRequest,
  AdvanceSeriesResponseSchema,
  SeriesService,
} from "@todo/proto/todo/task/v1/series_service";
import { Priority, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { newTaskSeries, type RuleInit, type SeriesInit, type TaskSeries } from "./task-series.ts";

/** The part of task that recurrence speaks with: it keeps the same promises, in memory, and writes down who asks. */
export interface FakeTask extends AsyncDisposable {
  port: number;
  /** Every request for an advance that came, in order. */
  asked: AdvanceSeriesRequest[];
  /** Those that made something: an occurrence or an end. */
  granted: AdvanceSeriesRequest[];
  /** What was published by advances, and nobody has taken yet. */
  published: IncomingRecord[];
  begin(rule: RuleInit, o?: SeriesInit): ReturnType<typeof newTaskSeries>;
  /** Whether newer time zones have other instants. */
  instantsDiffer: boolean;
  /** Called before each answer: what it throws, the call throws. */
  before: (request: AdvanceSeriesRequest) => void | Promise<void>;
}

export async function startFakeTask(keys: TestKeys, log: Logger): Promise<FakeTask> {
  await using stack = new AsyncDisposableStack();
  const kept = new Map<string, TaskSeries>();
  const verifier = createAssertionVerifier({ app: "task", keyBundle: keys.keyBundle });
  const interceptors = serviceInterceptors({ app: "task", log, appApiToken: keys.appApiToken, verifier });
  const shutdown = new AbortController().signal;
  const others = () => {
    throw refused("METHOD_UNKNOWN", Code.Unimplemented);
  };
  const service: ServiceImpl<typeof SeriesService> = {
    setRecurrence: others,
    clearRecurrence: others,
    skipOccurrence: others,
    getSeries: others,
    listSeries: others,
    advanceSeries: (request, context) => answer(request, context),
  };
  const mounts = [mount(SeriesService, service)];
  const server = stack.use(await serveGrpc({ port: 0, mounts, interceptors, shutdown, graceMs: 500, log }));
  const owned = stack.move();
  const fake: FakeTask = {
    port: server.port,
    asked: [],
    granted: [],
    published: [],
    instantsDiffer: true,
    before: () => {},
    begin(rule, o) {
      const begun = newTaskSeries(rule, o);
      kept.set(begun.series.id, begun);
      return begun;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };

  async function answer(request: AdvanceSeriesRequest, context: HandlerContext) {
    fake.asked.push(request);
    await fake.before(request);
    const one = kept.get(request.seriesId);
    if (one === undefined || one.userId !== principalOf(context).userId)
      throw refused("SERIES_NOT_FOUND", Code.NotFound);
    const { outcome, follows, seriesVersion, skippedCount, tzdata } = request;
    const { recurrenceId, version, state } = one.series;
    if (outcome.case === "next" && outcome.value.recurrenceId === recurrenceId) return made();
    const current = seriesVersion >= one.basis && seriesVersion <= version;
    const stands = recurrenceId === follows && state === Series_State.ACTIVE && current;
    if (!stands) throw refused("SERIES_OVERTAKEN", Code.FailedPrecondition);
    if (outcome.case === "again") {
      if (!one.isOpen) throw refused("SERIES_OVERTAKEN", Code.FailedPrecondition);
      if (tzdata <= one.series.tzdata || !fake.instantsDiffer) return made();
      fake.granted.push(request);
      fake.published.push(one.follow(tzdata));
      return made();
    }
    fake.granted.push(request);
    const isNext = outcome.case === "next";
    fake.published.push(isNext ? one.makeNext(outcome.value, { skippedCount, tzdata }) : one.exhaust());
    return isNext ? made() : create(AdvanceSeriesResponseSchema);
  }
  return fake;
}

function made() {
  const [id, time] = [uuidV7(), timestampNow()];
  const task = {
    id,
    title: "Water the plants",
    status: TaskStatus.OPEN,
    priority: Priority.MEDIUM,
    createTime: time,
    updateTime: time,
    etag: "1",
  };
  return create(AdvanceSeriesResponseSchema, { task, userSeq: 1n });
}

export function refused(reason: string, code: Code): ConnectError {
  const details = [detail(ErrorInfoSchema, { reason, domain: errorDomain })];
  return new ConnectError(reason.toLowerCase(), code, undefined, details);
}
