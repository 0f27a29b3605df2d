import { trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import { redact } from "./redact.ts";
import { currentRequest } from "./request-context.ts";

export type Logger = PinoLogger;

/** The fields of a record that stand beside its context; everything else goes into `context`. */
const topLevel = new Set(["user_id", "request_id", "trace_id", "span_id"]);

/**
 * A logger of JSON lines: timestamp, level, service, user_id, request_id, trace_id, message, context (R104).
 *
 * `log.info({ method, took_ms }, "call")` puts the fields under `context`. Ids of the running request are added where
 * there is one. Credentials, titles, descriptions and other text of users are replaced wherever they stand.
 */
export function createLogger(o: {
  service: string;
  /** trace, debug, info, warn, error or fatal; info without it. */
  level?: string;
  destination?: DestinationStream;
}): Logger {
  const log = pino(
    {
      level: o.level ?? "info",
      base: { service: o.service },
      messageKey: "message",
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label === "fatal" ? "critical" : label }),
        log: (fields) => arrange(fields),
      },
      serializers: { err: (error: unknown) => error },
      mixin: ids,
      hooks: {
        logMethod(args, method) {
          // Without a message pino would take the error's, past every redaction.
          const [first] = args as unknown[];
          if (args.length === 1 && typeof first === "object") method.apply(this, [first as object, "error"]);
          else method.apply(this, args);
        },
      },
    },
    o.destination ?? stdout(),
  );
  const { child } = log;
  // What is bound to a child is written as it stands: no formatter sees it. Grandchildren inherit this.
  log.child = function redacting(this: Logger, bindings, options) {
    return child.call(this, redact(bindings) as typeof bindings, options as undefined);
  } as typeof child;
  return log;
}

/** Standard output, written in pieces of 16 KiB, the rest every 100 ms and when the process exits. */
function stdout(): DestinationStream {
  const pieces = { minLength: 16_384, maxWrite: 65_536, periodicFlush: 100 };
  return pino.destination({ dest: 1, sync: false, ...pieces } as Parameters<typeof pino.destination>[0]);
}

function ids(): Record<string, unknown> {
  const request = currentRequest();
  const span = trace.getActiveSpan()?.spanContext();
  return {
    ...(request?.userId === undefined ? {} : { user_id: request.userId }),
    ...(request === undefined ? {} : { request_id: request.requestId }),
    ...(span === undefined ? {} : { trace_id: span.traceId }),
  };
}

function arrange(fields: Record<string, unknown>): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  const context: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(redact(fields) as Record<string, unknown>)) {
    if (topLevel.has(name)) line[name] = value;
    else if (name === "context" && typeof value === "object") Object.assign(context, value);
    else context[name] = value;
  }
  if (Object.keys(context).length > 0) line["context"] = context;
  return line;
}
