import { context, trace } from "@opentelemetry/api";
import { beforeEach, describe, expect, it } from "vitest";
import { collectSpans } from "./testing/traces.ts";
import { currentTraceparent, parseTraceparent, span, tracer, withRemoteParent } from "./trace.ts";

const collector = collectSpans();
beforeEach(() => collector.reset());

const traceId = "0af7651916cd43dd8448eb211c80319c";
const first = `00-${traceId}-00f067aa0ba902b7-01`;
const second = `00-${traceId}-b7ad6b7169203331-01`;

describe("a traceparent", () => {
  it("of two values is the last one: the sidecar's comes behind the caller's [R105]", () => {
    expect(parseTraceparent(`${first}, ${second}`)).toMatchObject({
      traceId,
      spanId: "b7ad6b7169203331",
      isRemote: true,
    });
    expect(parseTraceparent(`${first},${second}`)).toMatchObject({ spanId: "b7ad6b7169203331" });
    expect(parseTraceparent(first)).toMatchObject({ spanId: "00f067aa0ba902b7", traceFlags: 1 });
  });

  it.each([
    null,
    undefined,
    "",
    "x",
    `${first},`,
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    first.toUpperCase(),
    `ff${first.slice(2)}`,
  ])("is ignored as %j", (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
    expect(withRemoteParent(header, () => trace.getSpanContext(context.active()))).toBeUndefined();
  });
});

describe("a span", () => {
  it("hangs under the remote parent, and is what goes on to others", async () => {
    const seen = await withRemoteParent(second, () =>
      span("work", { a: 1 }, async () => currentTraceparent()),
    );
    const [done] = collector.spans();
    expect(done).toMatchObject({ name: "work", attributes: { a: 1 } });
    expect(done?.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
    expect(seen).toBe(`00-${traceId}-${done?.spanContext().spanId}-01`);
    expect(currentTraceparent()).toBeUndefined();
  });

  it("stays the active one over timers and promises", async () => {
    await span("outer", {}, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      tracer.startSpan("inner").end();
    });
    const [inner, outer] = collector.spans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it("that fails says how by type, not by text", async () => {
    await expect(span("work", {}, () => Promise.reject(new TypeError("hunter2")))).rejects.toThrow("hunter2");
    const [done] = collector.spans();
    expect(done?.status).toEqual({ code: 2, message: "TypeError" });
    expect(JSON.stringify(done?.events)).not.toContain("hunter2");
  });
});
