import type { EventEmitter } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type StreamResponse } from "@connectrpc/connect";
import type {
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  ClientWritableStream,
  Metadata,
  ServiceError,
} from "@grpc/grpc-js";
import { abortError } from "../errors.ts";
import { streamsResponses } from "../grpc/codec.ts";
import { toHeaders } from "../grpc/metadata.ts";
import type { AppId } from "../services.ts";
import type { Definition } from "./definition.ts";
import { failureOf } from "./failure.ts";

export interface StreamCall {
  app: AppId;
  client: Client;
  method: DescMethod;
  definition: Definition;
  metadata: Metadata;
  /** As milliseconds of the epoch. */
  deadline: number;
  signal: AbortSignal | undefined;
  messages: AsyncIterable<Message>;
}

type AnyStream =
  | ClientReadableStream<Message>
  | ClientDuplexStream<Message, Message>
  | ClientWritableStream<Message>;

/**
 * Opens a streaming call. Resolves at the first sign of life: headers, or the end. Rejects if it ends with an error
 * before that; a later error comes out of the messages, after all that arrived before it.
 */
export async function openStream(o: StreamCall): Promise<StreamResponse> {
  const request = o.method.methodKind === "server_streaming" ? await only(o.messages) : undefined;
  if (o.signal?.aborted === true) throw abortError(o.signal);
  const answers = new Inbox();
  const opened = Promise.withResolvers<Headers>();
  const trailer = new Headers();
  const call = request === undefined ? start(o, answers) : ask(o, request);
  const cancel = () => call.cancel();
  o.signal?.addEventListener("abort", cancel, { once: true });
  call.on("metadata", (metadata: Metadata) => opened.resolve(toHeaders(metadata)));
  // Without a listener an error would crash the process; the status says the same.
  call.on("error", () => undefined);
  call.on("status", (status: ServiceError) => {
    o.signal?.removeEventListener("abort", cancel);
    for (const [name, value] of toHeaders(status.metadata)) trailer.append(name, value);
    answers.end(status.code === 0 ? undefined : failureOf(status, o.app, o.signal));
    if (answers.error === undefined) opened.resolve(new Headers());
    else opened.reject(answers.error);
  });
  const header = await opened.promise;
  const message = streamsResponses(o.method)
    ? read(call as Readable & { cancel(): void }, answers)
    : answers.collected(call);
  return {
    stream: true,
    service: o.method.parent,
    method: o.method,
    header,
    trailer,
    message,
  } as StreamResponse;
}

/** Starts a call with one request. */
function ask({ client, definition, metadata, deadline }: StreamCall, request: Message): AnyStream {
  const { path, input, output } = definition;
  return client.makeServerStreamRequest<Message, Message>(
    path,
    input.serialize,
    output.deserialize,
    request,
    metadata,
    { deadline },
  );
}

/** Starts a call with a stream of requests and begins to send them. */
function start(
  { client, method, definition, metadata, deadline, messages }: StreamCall,
  answers: Inbox,
): AnyStream {
  const { path, input, output } = definition;
  const call =
    method.methodKind === "client_streaming"
      ? client.makeClientStreamRequest<Message, Message>(
          path,
          input.serialize,
          output.deserialize,
          metadata,
          { deadline },
          (_error, message) => answers.put(message),
        )
      : client.makeBidiStreamRequest<Message, Message>(path, input.serialize, output.deserialize, metadata, {
          deadline,
        });
  void send(messages, call, answers);
  return call;
}

async function only(messages: AsyncIterable<Message>): Promise<Message> {
  for await (const message of messages) return message;
  throw new ConnectError("the request has no message", Code.InvalidArgument);
}

/** Sends the caller's messages as fast as the other side takes them. If the caller fails, the call is given up. */
async function send(
  messages: AsyncIterable<Message>,
  call: Writable & { cancel(): void },
  answers: Inbox,
): Promise<void> {
  try {
    for await (const message of messages) {
      if (answers.ended) return;
      if (!call.write(message)) await answers.orEvent(call, "drain");
    }
    call.end();
  } catch (error) {
    answers.fail(error);
    call.cancel();
  }
}

/**
 * Reads a call's messages. Node's own iterator would throw away what is still buffered when the error event comes, and
 * miss the event if it came before the first read.
 */
async function* read(call: Readable & { cancel(): void }, answers: Inbox): AsyncIterable<Message> {
  try {
    while (true) {
      const message = call.read() as Message | null;
      if (message !== null) yield message;
      else if (answers.ended) break;
      else await answers.orEvent(call, "readable");
    }
    answers.throwIfFailed();
  } finally {
    if (!answers.ended) call.cancel();
  }
}

/** How a call ended, and the single answer of a client's stream. */
class Inbox {
  readonly #waiting = new Set<() => void>();
  #message: Message | undefined;
  #error: unknown;
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  get error(): unknown {
    return this.#error;
  }

  put(message: Message | undefined): void {
    this.#message = message;
  }

  /** What went wrong on this side; it counts more than the cancellation that follows from it. */
  fail(error: unknown): void {
    this.#error ??= error;
  }

  end(error: unknown): void {
    this.#error ??= error;
    this.#ended = true;
    for (const wake of this.#waiting) wake();
  }

  throwIfFailed(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** Waits for an event of the call, or for its end. Leaves nothing behind, since a stream waits many times. */
  orEvent(call: EventEmitter, event: string): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        call.off(event, wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      call.once(event, wake);
    });
  }

  async *collected(call: EventEmitter): AsyncIterable<Message> {
    if (!this.#ended) await this.orEvent(call, "status");
    this.throwIfFailed();
    if (this.#message !== undefined) yield this.#message;
  }
}
