import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type AssertionIssuer, assertionHeader } from "@todo/kit/assertion";
import { reasonOf } from "@todo/kit/errors";
import { failureKind } from "@todo/kit/failure";
import type { Mesh } from "@todo/kit/mesh";
import { AdvanceSeriesRequestSchema, SeriesService } from "@todo/proto/todo/task/v1/series_service";

/** What became of an advance that task was asked for. */
export type Answer =
  /** It stands: the occurrence is there, or the series ended. */
  | { kind: "made" | "ended" }
  /** What it follows does not stand any more: there is nothing to do. */
  | { kind: "overtaken" }
  /** It may be asked for again. */
  | { kind: "failed"; refused: boolean; error: unknown };

/** Asks task for an advance, in the name of the user. */
export type AskTask = (userId: string, request: JsonValue, signal: AbortSignal) => Promise<Answer>;

/** Whoever asks gives up after this time. */
export const askTimeoutMs = 5_000;
const nothingToDo = new Set(["SERIES_OVERTAKEN", "SERIES_NOT_FOUND", "ACCOUNT_ERASED"]);

export function createAskTask({ mesh, assertions }: { mesh: Mesh; assertions: AssertionIssuer }): AskTask {
  const client = createClient(SeriesService, mesh.transport("task"));
  return async (userId, json, signal) => {
    try {
      const request = fromJson(AdvanceSeriesRequestSchema, json);
      const token = await assertions.assert("task", {
        userId,
        actor: "service",
        scopes: ["tasks:write"],
        zone: "UTC",
        locale: "en",
      });
      const { task } = await client.advanceSeries(request, {
        headers: { [assertionHeader]: token },
        timeoutMs: askTimeoutMs,
        signal,
      });
      return { kind: task === undefined ? "ended" : "made" };
    } catch (error) {
      if (error instanceof ConnectError && nothingToDo.has(reasonOf(error) ?? ""))
        return { kind: "overtaken" };
      return { kind: "failed", refused: isRefusal(error) && !signal.aborted, error };
    }
  };
}

/** Not where task is away, or where there is no room: in its outbox, or for one more task of the user. */
function isRefusal(error: unknown): boolean {
  const isFull = error instanceof ConnectError && error.code === Code.ResourceExhausted;
  return failureKind(error) === "event" && !isFull;
}
