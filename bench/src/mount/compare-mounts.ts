import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { type Child, startChild } from "#src/child/child.ts";
import type { Contender } from "#src/load/rounds.ts";
import { interleave, ratio } from "#src/load/rounds.ts";
import { median } from "#src/load/statistics.ts";
import type { Comparison } from "#src/report/figure.ts";
import { linesOf } from "#src/report/lines.ts";
import type { Bench } from "../bench.ts";
import { EchoService } from "./echo.ts";
import { http2Caller } from "./http2-caller.ts";

const [bare, kit] = [
  "bare grpc-js with the codecs of Buf ES",
  "the kit's mount, three pass-through interceptors",
];

/** What is left of grpc-js's speed when a service is mounted on it by the kit. */
export async function compareMounts({ plan, folder, signal }: Bench): Promise<Comparison> {
  await using stack = new AsyncDisposableStack();
  const start = async (name: string, MOUNT: string) => {
    const program = new URL("./server/main.ts", import.meta.url);
    const logFile = join(folder, `echo-${MOUNT}.log`);
    return contender(stack, name, stack.use(await startChild({ program, env: { MOUNT }, logFile })));
  };
  const measured = [await start(bare, "bare"), await start(kit, "kit")];
  const samples = await interleave(measured, plan.echo, signal);
  const cpu = (name: string) => {
    const { cpuMs, calls } = measured.find((one) => one.name === name)?.used ?? { cpuMs: [], calls: [] };
    return (1_000 * median(cpuMs.slice(1))) / median(calls.slice(1));
  };
  return {
    title: "Mounting a service",
    about: `${plan.echo.load.inFlight} calls in flight on one connection, a message of 38 bytes, the server in a process
of its own, the caller plain HTTP/2.`,
    figures: [
      {
        name: "The kit's mount against bare grpc-js",
        value: ratio(samples, kit, bare),
        unit: "of the calls/s",
        bound: { atLeast: 0.85 },
      },
    ],
    lines: linesOf(samples, bare),
    remarks: [
      `Processor time of the server: ${cpu(bare).toFixed(0)} µs a call bare, ${cpu(kit).toFixed(0)} µs by the kit.`,
    ],
  };
}

/** A server of the echo, with the processor time it used in each of its turns. */
interface Measured extends Contender {
  used: { cpuMs: number[]; calls: number[] };
}

async function contender(stack: AsyncDisposableStack, name: string, child: Child): Promise<Measured> {
  const message = toBinary(
    EchoService.method.say.input,
    create(EchoService.method.say.input, { text: "what is said comes back as it is", count: 42 }),
  );
  const path = `/${EchoService.typeName}/Say`;
  const { call } = stack.use(await http2Caller({ port: child.port, path, message }));
  const used: Measured["used"] = { cpuMs: [], calls: [] };
  let [calls, before] = [0, await child.cpuMs()];
  return {
    name,
    used,
    call: async (place) => {
      await call(place);
      calls++;
    },
    async settle() {
      const now = await child.cpuMs();
      used.cpuMs.push(now - before);
      used.calls.push(calls);
      [calls, before] = [0, now];
    },
  };
}
