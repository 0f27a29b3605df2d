import type { Readable, Writable } from "node:stream";
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type {
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
  UntypedHandleCall,
} from "@grpc/grpc-js";
import { DomainError, domainError, ErrorReason, toConnectError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { ServerCall } from "./call.ts";
import { codecOf, methodPath, Unreadable } from "./codec.ts";
import { type Next, streamRequest } from "./compose.ts";
import type { InFlight } from "./in-flight.ts";
import { toMetadata } from "./metadata.ts";
import { toStatus } from "./status.ts";

type Unary = ServerUnaryCall<Message, Buffer>;
type ClientStream = ServerReadableStream<Message, Buffer>;
type Duplex = ServerDuplexStream<Message, Buffer>;
type ServerStream = ServerWritableStream<Message, Buffer>;
type Answer = sendUnaryData<Buffer>;

/** What serving a method takes. */
export interface Served {
  method: DescMethod;
  /** The method with all interceptors around it. */
  next: Next;
  inFlight: InFlight;
  log: Logger;
}

/**
 * A method in the form that grpc-js calls. Answers are encoded here and not by grpc-js, so that one that cannot be
 * encoded is logged and answered like every other fault.
 */
export function adapt(served: Served): UntypedHandleCall {
  const { method } = served;
  const url = `http://mesh${methodPath(method)}`;
  const { serialize } = codecOf(method.output);
  switch (method.methodKind) {
    case "unary":
      return (call: Unary, answer: Answer) =>
        void serveUnary(served, new ServerCall(method, url, call, call.request), serialize, call, answer);
    case "client_streaming":
      return (call: ClientStream, answer: Answer) =>
        void serveClientStream(served, new ServerCall(method, url, call), serialize, call, answer);
    case "server_streaming":
      return (call: ServerStream) =>
        void serveStream(served, new ServerCall(method, url, call), serialize, call, one(call.request));
    case "bidi_streaming":
      return (call: Duplex) =>
        void serveStream(served, new ServerCall(method, url, call), serialize, call, incoming(call));
  }
}

type Serialize = (message: Message) => Buffer;

async function serveUnary(
  served: Served,
  context: ServerCall,
  serialize: Serialize,
  call: Unary,
  answer: Answer,
): Promise<void> {
  const answered = once(answer);
  const fail = (error: unknown) => {
    const { header, trailer } = context.made;
    if (header !== undefined) call.sendMetadata(toMetadata(header));
    answered(toStatus(visible(error, served), trailer), null);
  };
  if (!served.inFlight.enter(context, fail)) return;
  try {
    if ((call.request as unknown) instanceof Unreadable) throw unreadable(call.request);
    const response = await served.next(context as never);
    const bytes = serialize(response.message as Message);
    const { header, trailer } = context.made;
    if (header !== undefined) call.sendMetadata(toMetadata(header));
    answered(null, bytes, trailer === undefined ? undefined : toMetadata(trailer));
  } catch (error) {
    fail(error);
  } finally {
    served.inFlight.leave(context);
    context.finish();
  }
}

async function serveClientStream(
  served: Served,
  context: ServerCall,
  serialize: Serialize,
  call: ClientStream,
  answer: Answer,
): Promise<void> {
  const answered = once(answer);
  const fail = (error: unknown) => answered(toStatus(visible(error, served), context.made.trailer), null);
  if (!served.inFlight.enter(context, fail)) return;
  try {
    const response = await served.next(streamRequest(context, incoming(call)));
    for await (const message of response.message as AsyncIterable<Message>) {
      const bytes = serialize(message);
      call.sendMetadata(toMetadata(response.header));
      answered(null, bytes, toMetadata(response.trailer));
    }
  } catch (error) {
    fail(error);
  } finally {
    served.inFlight.leave(context);
    context.finish();
  }
}

async function serveStream(
  served: Served,
  context: ServerCall,
  serialize: Serialize,
  call: ServerStream | Duplex,
  messages: AsyncIterable<Message>,
): Promise<void> {
  let ended = false;
  const fail = (error: unknown) => {
    if (ended || call.cancelled) return;
    ended = true;
    // grpc-js turns this event into the status, after everything that was written before.
    call.emit("error", toStatus(visible(error, served), context.made.trailer));
  };
  if (!served.inFlight.enter(context, fail)) return;
  try {
    const response = await served.next(streamRequest(context, messages));
    let headerSent = false;
    for await (const message of response.message as AsyncIterable<Message>) {
      if (ended || call.cancelled) break;
      const bytes = serialize(message);
      // Handlers may set headers until their first message.
      if (!headerSent) call.sendMetadata(toMetadata(response.header));
      headerSent = true;
      if (!call.write(bytes)) await drained(call);
    }
    if (!ended && !call.cancelled) {
      if (!headerSent) call.sendMetadata(toMetadata(response.header));
      call.end(toMetadata(response.trailer));
    }
    ended = true;
  } catch (error) {
    fail(error);
  } finally {
    served.inFlight.leave(context);
    context.finish();
  }
}

/** What no interceptor made presentable is logged and masked here. */
function visible(error: unknown, { method, log }: Served): ConnectError {
  if (error instanceof ConnectError) return error;
  if (!(error instanceof DomainError))
    log.error({ err: error, method: methodPath(method) }, "unexpected error");
  return toConnectError(error);
}

/** Waits until the client took what was written, or went away. */
function drained(call: Writable): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      call.off("drain", go).off("close", go).off("cancelled", go);
      resolve();
    };
    call.on("drain", go).on("close", go).on("cancelled", go);
  });
}

async function* one(message: Message): AsyncIterable<Message> {
  if ((message as unknown) instanceof Unreadable) throw unreadable(message);
  yield message;
}

/** The messages of a client's stream. A handler that stops reading can still answer: the stream stays whole. */
async function* incoming(call: ClientStream | Duplex): AsyncIterable<Message> {
  for await (const message of (call as Readable).iterator({ destroyOnReturn: false })) {
    if (message instanceof Unreadable) throw unreadable(message);
    yield message;
  }
}

function unreadable(marker: unknown): DomainError {
  return domainError(ErrorReason.REQUEST_UNREADABLE, "request cannot be decoded", {
    cause: (marker as Unreadable).error,
  });
}

function once(answer: Answer): Answer {
  let answered = false;
  return (...args) => {
    if (answered) return;
    answered = true;
    answer(...args);
  };
}
