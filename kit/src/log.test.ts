import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { domainError, ErrorReason } from "./errors.ts";
import { createLogger } from "./log.ts";
import { withRequest } from "./request-context.ts";
import { collectSpans } from "./testing/traces.ts";
import { tracer } from "./trace.ts";

collectSpans();

function logged(write: (log: ReturnType<typeof createLogger>) => void, level = "trace") {
  const lines: string[] = [];
  write(createLogger({ service: "task", level, destination: { write: (line) => lines.push(line) } }));
  return { text: lines.join(""), records: lines.map((line) => JSON.parse(line)) };
}

describe("a log record [R104]", () => {
  it("has time, level, service, message and context", () => {
    const { records } = logged((log) => log.info({ method: "GetTask", took_ms: 1.5 }, "call"));
    expect(records).toEqual([
      {
        level: "info",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        service: "task",
        message: "call",
        context: { method: "GetTask", took_ms: 1.5 },
      },
    ]);
  });

  it("has the ids of the request and of the trace it was written for [R105]", () => {
    const { records } = logged((log) =>
      tracer.startActiveSpan("work", (span) =>
        withRequest({ requestId: "request-1", userId: "user-1" }, () => {
          log.info("inside");
          log.child({ component: "relay" }).info({ n: 1 }, "in a child");
          expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
          span.end();
        }),
      ),
    );
    for (const record of records) {
      expect(record).toMatchObject({
        request_id: "request-1",
        user_id: "user-1",
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    }
    expect(records[1]).toMatchObject({ component: "relay", context: { n: 1 } });
  });

  it("takes ids that are given to it", () => {
    const { records } = logged((log) =>
      log.warn({ user_id: "u", request_id: "r", context: { a: 1 }, b: 2 }, "x"),
    );
    expect(records[0]).toMatchObject({ user_id: "u", request_id: "r", context: { a: 1, b: 2 } });
  });

  it("calls the highest level critical, and leaves out what is below its own [R105]", () => {
    const { records } = logged((log) => {
      log.debug("no");
      log.warn("yes");
      log.fatal("yes");
    }, "warn");
    expect(records.map(({ level }) => level)).toEqual(["warn", "critical"]);
  });

  it("is one line whatever stands in it", () => {
    const { text } = logged((log) => log.info({ text: 'a\n{"level":"error"}\r\n\u2028' }, "b\nc"));
    expect(text.match(/\n/g)).toHaveLength(1);
  });
});

describe("what never reaches a log [R104]", () => {
  const secret = "hunter2-Geburtstag";

  it.each([
    "authorization",
    "Authorization",
    "cookie",
    "set-cookie",
    "password",
    "newPassword",
    "passphrase",
    "token",
    "access_token",
    "pageToken",
    "dapr-api-token",
    "todo-assertion",
    "clientSecret",
    "apiKey",
    "signing_key",
    "title",
    "description",
    "email",
  ])("the value of %s, at any depth", (name) => {
    const { text, records } = logged((log) => {
      log.info({ [name]: secret }, "x");
      log.info({ a: { b: [{ [name]: secret }] } }, "x");
      log.info({ headers: new Headers({ [name.toLowerCase().replaceAll("_", "-")]: secret }) }, "x");
      log.info({ map: new Map([[name, secret]]) }, "x");
      log.info({ context: { [name]: secret } }, "x");
      log
        .child({ [name]: secret })
        .child({ nested: { [name]: secret } })
        .info("x");
      log.info({ err: new Error("x", { cause: { [name]: secret } }) }, "x");
      log.info({ err: Object.assign(new Error("x"), { [name]: secret, request: { [name]: secret } }) }, "x");
      log.info({ err: new AggregateError([Object.assign(new Error("x"), { detail: secret })]) }, "x");
    });
    expect(text).not.toContain(secret);
    expect(records).toHaveLength(9);
  });

  it("a credential inside of text", () => {
    const jwt = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    const { text } = logged((log) => {
      log.error({ err: new Error(`bad header: Bearer ${secret}`) }, "x");
      log.error({ note: jwt, also: `token ${jwt}.` }, "x");
      log.error({ err: new Error(`no such token: todo_pat_${secret}`) }, "x");
      log.error({ err: new Error(`cannot reach postgres://admin:${secret}@db:5432/x`) }, "x");
    });
    expect(text).not.toContain(secret);
    expect(text).not.toContain("c2lnbmF0dXJl");
    expect(text).toContain("postgres://admin:[redacted]@db:5432/x");
  });

  it("the statement, the parameters and the values of a database error", () => {
    const error = Object.assign(
      new Error(`insert into task (title) values ('${secret}') - duplicate key value violates "task_pkey"`),
      {
        code: "23505",
        detail: `Key (title)=(${secret}) already exists.`,
        constraint: "task_pkey",
        table: "task",
      },
    );
    const syntax = Object.assign(new Error(`select '${secret}' - relation "nope" does not exist`), {
      code: "42P01",
    });
    const { text, records } = logged((log) => {
      log.error({ err: error }, "x");
      log.error(error);
      log.error({ err: new Error("outer", { cause: error }) }, "x");
      log.error(syntax);
    });
    expect(text).not.toContain(secret);
    expect(records[0].context.err).toMatchObject({
      message: "SQLSTATE 23505",
      code: "23505",
      constraint: "task_pkey",
      table: "task",
    });
    expect(records[3].context.err.message).toBe('relation "nope" does not exist');
  });

  it("the first lines of a stack, which repeat the message", () => {
    const error = Object.assign(new Error(`value too long: ${secret}\n${secret}`), { code: "22001" });
    expect(logged((log) => log.error({ err: error }, "x")).text).not.toContain(secret);
  });

  it("bytes, and what is too deep or too long to read", () => {
    const deep = { a: { b: { c: { d: { e: { f: { g: { h: secret } } } } } } } };
    const { text } = logged((log) =>
      log.info({ bin: Buffer.from(secret), deep, long: "x".repeat(100_000) }, "x"),
    );
    expect(text).not.toContain(secret);
    expect(text).toContain("[too deep]");
    expect(text.length).toBeLessThan(10_000);
  });
});

describe("an error in a log", () => {
  it("has its type, text, stack and causes, and the reason of a domain error", () => {
    const error = domainError(ErrorReason.TASK_NOT_FOUND, "task not found", {
      metadata: { id: "42" },
      cause: new ConnectError("inner", Code.NotFound),
    });
    const { err } = logged((log) => log.error({ err: error }, "failed")).records[0].context;
    expect(err).toMatchObject({
      type: "DomainError",
      message: "task not found",
      reason: ErrorReason.TASK_NOT_FOUND,
      metadata: { id: "42" },
      cause: { type: "ConnectError", message: "[not_found] inner" },
    });
    expect(err.stack.join()).toContain("log.test.ts");
  });

  it("may refer to itself", () => {
    const error = new Error("x");
    error.cause = error;
    expect(logged((log) => log.error(error)).records).toHaveLength(1);
  });
});
