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
import { type DomainError, domainError, ErrorReason, toConnectError } from "../errors.ts";
import { ServerCall } from "./call.ts";
import { methodPath, Unreadable } from "./codec.ts";
import { type Next, streamRequest } from "./compose.ts";
import type { InFlight } from "./in-flight.ts";
import { toMetadata } from "./metadata.ts";
import { toStatus } from "./status.ts";

type Unary = ServerUnaryCall<Message, Message>;
type ClientStream = ServerReadableStream<Message, Message>;
type Duplex = ServerDuplexStream<Message, Message>;
type ServerStream = ServerWritableStream<Message, Message>;
type Answer = sendUnaryData<Message>;

/** A composed method in the form that grpc-js calls. */
export function adapt(method: DescMethod, next: Next, inFlight: InFlight): UntypedHandleCall {
  const url = `http://mesh${methodPath(method)}`;
  switch (method.methodKind) {
    case "unary":
      return (call: Unary, answer: Answer) =>
        void serveUnary(new ServerCall(method, url, call, call.request), next, call, answer, inFlight);
    case "client_streaming":
      return (call: ClientStream, answer: Answer) =>
        void serveClientStream(new ServerCall(method, url, call), next, call, answer, inFlight);
    case "server_streaming":
      return (call: ServerStream) =>
        void serveStream(new ServerCall(method, url, call), next, call, one(call.request), inFlight);
    case "bidi_streaming":
      return (call: Duplex) =>
        void serveStream(new ServerCall(method, url, call), next, call, incoming(call), inFlight);
  }
}

async function serveUnary(
  context: ServerCall,
  next: Next,
  call: Unary,
  answer: Answer,
  inFlight: InFlight,
): Promise<void> {
  const answered = once(answer);
  const fail = (error: unknown) => {
    const { header, trailer } = context.made;
    if (header !== undefined && !call.cancelled) call.sendMetadata(toMetadata(header));
    answered(toStatus(visible(error), trailer), null);
  };
  if (!inFlight.enter(context, fail)) return;
  try {
    if ((call.request as unknown) instanceof Unreadable) throw unreadable(call.request);
    const response = await next(context as never);
    const made = context.made;
    if (made.header !== undefined) call.sendMetadata(toMetadata(made.header));
    answered(
      null,
      response.message as Message,
      made.trailer === undefined ? undefined : toMetadata(made.trailer),
    );
  } catch (error) {
    fail(error);
  } finally {
    inFlight.leave(context);
    context.finish();
  }
}

async function serveClientStream(
  context: ServerCall,
  next: Next,
  call: ClientStream,
  answer: Answer,
  inFlight: InFlight,
): Promise<void> {
  const answered = once(answer);
  const fail = (error: unknown) => answered(toStatus(visible(error), context.made.trailer), null);
  if (!inFlight.enter(context, fail)) return;
  try {
    const response = await next(streamRequest(context, incoming(call)));
    for await (const message of response.message as AsyncIterable<Message>) {
      if (response.header !== undefined) call.sendMetadata(toMetadata(response.header));
      answered(null, message, toMetadata(response.trailer));
    }
  } catch (error) {
    fail(error);
  } finally {
    inFlight.leave(context);
    context.finish();
  }
}

async function serveStream(
  context: ServerCall,
  next: Next,
  call: ServerStream | Duplex,
  messages: AsyncIterable<Message>,
  inFlight: InFlight,
): Promise<void> {
  let ended = false;
  const fail = (error: unknown) => {
    if (ended || call.cancelled) return;
    ended = true;
    // grpc-js turns this event into the status, after everything that was written before.
    call.emit("error", toStatus(visible(error), context.made.trailer));
  };
  let headerSent = false;
  // Handlers may set headers until their first message.
  const sendHeader = (header: Headers) => {
    if (!headerSent) call.sendMetadata(toMetadata(header));
    headerSent = true;
  };
  if (!inFlight.enter(context, fail)) return;
  try {
    const response = await next(streamRequest(context, messages));
    for await (const message of response.message as AsyncIterable<Message>) {
      if (ended || call.cancelled) break;
      sendHeader(response.header);
      if (!call.write(message)) await drained(call);
    }
    if (!ended && !call.cancelled) {
      sendHeader(response.header);
      call.end(toMetadata(response.trailer));
    }
    ended = true;
  } catch (error) {
    fail(error);
  } finally {
    inFlight.leave(context);
    context.finish();
  }
}

/** What was not masked by an interceptor is masked here. */
function visible(error: unknown): ConnectError {
  return error instanceof ConnectError ? error : toConnectError(error);
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
