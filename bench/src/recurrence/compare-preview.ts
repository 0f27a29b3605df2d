import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { startChild } from "#src/child/child.ts";
import { framed, http2Caller } from "#src/load/http2-caller.ts";
import { interleave, ratio } from "#src/load/rounds.ts";
import { EchoService } from "#src/mount/echo.ts";
import type { Comparison } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";

const [echo, preview] = ["an echo", "PreviewOccurrences, ten of them in Berlin"];

/** What a preview costs against a call that does nothing. */
export async function comparePreview({ plan, folder, signal }: Bench): Promise<Comparison> {
  await using stack = new AsyncDisposableStack();
  const program = new URL("./server/main.ts", import.meta.url);
  const { port } = stack.use(await startChild({ program, env: {}, logFile: join(folder, "recurrence.log") }));
  const caller = stack.use(await http2Caller(port));
  const contenders = [
    { name: echo, request: echoRequest() },
    { name: preview, request: previewRequest() },
  ].map(({ name, request: { path, message } }) => {
    const frame = framed(message);
    return { name, call: async () => void (await caller.call(path, frame)) };
  });
  const samples = await interleave(contenders, plan.echo, signal);
  return {
    title: "Previewing occurrences",
    about: `${plan.echo.load.inFlight} calls in flight on one connection, both methods mounted alike in one process of
their own, the caller plain HTTP/2. The rule repeats on three days of the week since ten years and is read in each call.`,
    figures: [
      {
        name: "PreviewOccurrences against an echo",
        value: ratio(samples, preview, echo),
        unit: "of the calls/s",
        bound: { atLeast: 0.5 },
      },
    ],
    lines: linesOf(samples, echo),
    remarks: [],
  };
}

function echoRequest() {
  const { input } = EchoService.method.say;
  const message = toBinary(input, create(input, { text: "what is said comes back as it is", count: 42 }));
  return { path: `/${EchoService.typeName}/Say`, message };
}

function previewRequest() {
  const { input } = RecurrenceService.method.previewOccurrences;
  const request = create(input, {
    rrule: "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    dtstart: "2016-01-04T09:00:00",
    tzid: "Europe/Berlin",
    after: { seconds: BigInt(Date.UTC(2026, 2, 1) / 1_000) },
  });
  return { path: `/${RecurrenceService.typeName}/PreviewOccurrences`, message: toBinary(input, request) };
}
