import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { startChild } from "#src/child/child.ts";
import { framed, http2Caller } from "#src/load/http2-caller.ts";
import { type Costed, costed } from "#src/load/processor-time.ts";
import { interleave, ratio } from "#src/load/rounds.ts";
import type { Comparison } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";
import { EchoService } from "./echo.ts";

/** What is left of grpc-js's speed when a service is mounted on it by the kit. */
export async function compareMounts(bench: Bench): Promise<Comparison> {
  const { plan, signal } = bench;
  await using stack = new AsyncDisposableStack();
  const bare = await startEcho(stack, bench, "bare grpc-js with the codecs of Buf ES", "bare");
  const kit = await startEcho(stack, bench, "the kit's mount, three pass-through interceptors", "kit");
  const samples = await interleave([bare, kit], plan.echo, signal);
  return {
    title: "Mounting a service",
    about: `${plan.echo.load.inFlight} calls in flight on one connection, a message of 38 bytes, the server in a process
of its own, the caller plain HTTP/2.`,
    figures: [
      {
        name: "The kit's mount against bare grpc-js",
        value: ratio(samples, kit.name, bare.name),
        unit: "of the calls/s",
        bound: { atLeast: 0.85 },
      },
    ],
    lines: linesOf(samples, bare.name),
    remarks: [
      `Processor time of the server: ${bare.perCallUs().toFixed(0)} µs a call bare, ${kit.perCallUs().toFixed(0)} µs by the kit.`,
    ],
  };
}

/** Starts a server of the echo in a process of its own. */
async function startEcho(
  stack: AsyncDisposableStack,
  { folder }: Bench,
  name: string,
  MOUNT: "bare" | "kit",
): Promise<Costed> {
  const program = new URL("./server/main.ts", import.meta.url);
  const logFile = join(folder, `echo-${MOUNT}.log`);
  const { port, cpuMs } = stack.use(await startChild({ program, env: { MOUNT }, logFile }));
  const { input } = EchoService.method.say;
  const message = toBinary(input, create(input, { text: "what is said comes back as it is", count: 42 }));
  const path = `/${EchoService.typeName}/Say`;
  const caller = stack.use(await http2Caller(port));
  const frame = framed(message);
  const call = async () => {
    const { length } = await caller.call(path, frame);
    if (length !== message.length) throw new Error(`the echo has ${length} bytes`);
  };
  return costed({ name, call }, cpuMs);
}
