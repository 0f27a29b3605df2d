import type { DescMethod, DescService, Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
  type StreamRequest,
  type UnaryRequest,
} from "@connectrpc/connect";
import type { ServerSurfaceCall } from "@grpc/grpc-js/build/src/server-call.js";
import { domainError, ErrorReason } from "../errors.ts";
import { toHeaders } from "./metadata.ts";

/** The reason of a signal that fires because the call is over. One object: making an error per call costs time. */
const done = new ConnectError("the call is over", Code.Canceled);

/**
 * A call on the server, made for every request: what interceptors see as request and handlers as context.
 *
 * Headers, signal and values are made when somebody asks for them. Most calls never do, and that is most of what a
 * context costs.
 */
export class ServerCall implements HandlerContext {
  readonly stream = false;
  readonly requestMethod = "POST";
  readonly protocolName = "grpc";
  readonly service: DescService;
  readonly method: DescMethod;
  readonly #call: ServerSurfaceCall;
  readonly #url: string;
  #message: Message | undefined;
  #header: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;
  #abort: AbortController | undefined;
  #reason: unknown;

  constructor(method: DescMethod, url: string, call: ServerSurfaceCall, message?: Message) {
    this.service = method.parent;
    this.method = method;
    this.#url = url;
    this.#call = call;
    this.#message = message;
  }

  get message(): Message {
    if (this.#message === undefined) throw new Error("a streaming call has no single request");
    return this.#message;
  }

  get url(): string {
    return this.#url;
  }

  get header(): Headers {
    this.#header ??= toHeaders(this.#call.metadata);
    return this.#header;
  }

  get requestHeader(): Headers {
    return this.header;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  get contextValues(): ContextValues {
    return this.values;
  }

  /** Fires when the caller went away, the deadline passed, the server stops, or the call is over. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.#abort.abort(this.#reason);
      else if (this.#call.cancelled) this.abort(this.#whyCancelled());
      else this.#call.once("cancelled", () => this.#onCancelled());
    }
    return this.#abort.signal;
  }

  timeoutMs(): number | undefined {
    const deadline = this.#call.getDeadline();
    return deadline === Number.POSITIVE_INFINITY ? undefined : Number(deadline) - Date.now();
  }

  /** One request header, without making all of them. */
  headerValue(name: string): string | null {
    if (this.#header !== undefined) return this.#header.get(name);
    const values = this.#call.metadata.get(name);
    return values.length === 0 ? null : values.join(", ");
  }

  /** The response headers and trailers, if anybody made them. */
  get made(): { header: Headers | undefined; trailer: Headers | undefined } {
    return { header: this.#responseHeader, trailer: this.#responseTrailer };
  }

  get cancelled(): boolean {
    return this.#call.cancelled;
  }

  /** Fires the signal. The first reason counts. */
  abort(reason: unknown): void {
    this.#reason ??= reason;
    this.#abort?.abort(this.#reason);
  }

  /** Ends the call: whatever still hangs on its signal lets go. */
  finish(): void {
    this.abort(done);
  }

  /** grpc-js says so of every call in the end, also of one that was answered: an error for those costs time. */
  #onCancelled(): void {
    if (this.#reason === undefined) this.abort(this.#whyCancelled());
  }

  #whyCancelled(): unknown {
    const left = this.timeoutMs();
    if (left !== undefined && left <= 0) return domainError(ErrorReason.DEADLINE_PASSED, "deadline passed");
    return new ConnectError("cancelled", Code.Canceled);
  }
}

/** When the caller of a unary request stops to wait, as milliseconds of the epoch; `undefined`: never, or not known. */
export function deadlineOf(request: UnaryRequest | StreamRequest): number | undefined {
  const left = request instanceof ServerCall ? request.timeoutMs() : undefined;
  return left === undefined ? undefined : Date.now() + left;
}

/** One header of a request as interceptors see it; `null` without it. Not for names that end in `-bin`. */
export function headerOf(request: UnaryRequest | StreamRequest, name: string): string | null {
  return request instanceof ServerCall ? request.headerValue(name) : request.header.get(name);
}
