import type { DescMethod, Message } from "@bufbuild/protobuf";
import {
  type ContextKey,
  createContextKey,
  type HandlerContext,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { domainError, ErrorReason } from "../errors.ts";
import { ServerCall } from "./call.ts";
import { asMessage, asMessages, type Init, methodPath } from "./codec.ts";

/** A method as its implementation has it, whichever of Connect's four shapes that is. */
export type Implementation = (
  input: unknown,
  context: HandlerContext,
) => Promise<Init> | Init | AsyncIterable<Init>;

/** A call with all interceptors around it. */
export type Next = ReturnType<Interceptor>;

/**
 * Puts the interceptors around a method: once per method, not once per call.
 *
 * An interceptor of unary calls hands on the request it was given; it may change its headers and values, not copy it.
 * Interceptors of streaming calls may copy it and put another iterable in.
 */
export function compose(
  method: DescMethod,
  implementation: Implementation,
  interceptors: readonly Interceptor[],
): Next {
  const innermost =
    method.methodKind === "unary" ? unary(method, implementation) : streaming(method, implementation);
  return interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
}

function unary(method: DescMethod, implementation: Implementation): Next {
  return async (request) => {
    const context = contextOf(request);
    const message = asMessage(method.output, (await implementation(request.message, context)) as Init);
    return new UnaryAnswer(method, context, message) as UnaryResponse;
  };
}

/** A unary answer whose headers and trailers are made when somebody asks for them. */
class UnaryAnswer {
  readonly stream = false;
  readonly method: DescMethod;
  readonly message: Message;
  readonly #context: HandlerContext;

  constructor(method: DescMethod, context: HandlerContext, message: Message) {
    this.method = method;
    this.message = message;
    this.#context = context;
  }

  get service() {
    return this.method.parent;
  }

  get header(): Headers {
    return this.#context.responseHeader;
  }

  get trailer(): Headers {
    return this.#context.responseTrailer;
  }
}

function streaming(method: DescMethod, implementation: Implementation): Next {
  return async (request) => {
    const context = contextOf(request);
    const messages = request.message as AsyncIterable<Message>;
    const input = method.methodKind === "server_streaming" ? await only(messages) : messages;
    const made = implementation(input, context);
    const answers =
      method.methodKind === "client_streaming" ? [(await made) as Init] : (made as AsyncIterable<Init>);
    return {
      stream: true,
      service: method.parent,
      method,
      header: context.responseHeader,
      trailer: context.responseTrailer,
      message: asMessages(method.output, answers),
    } as StreamResponse;
  };
}

const callKey: ContextKey<ServerCall | undefined> = createContextKey<ServerCall | undefined>(undefined);

/** The request that the interceptors of a streaming call see: plain fields, so that it may be copied and changed. */
export function streamRequest(call: ServerCall, message: AsyncIterable<Message>): StreamRequest {
  const request = {
    stream: true,
    service: call.service,
    method: call.method,
    requestMethod: call.requestMethod,
    url: call.url,
    signal: call.signal,
    header: call.header,
    contextValues: call.values.set(callKey, call),
    message,
  };
  return request as unknown as StreamRequest;
}

/** The handler's context: the call itself, or what interceptors made of it. */
function contextOf(request: UnaryRequest | StreamRequest): HandlerContext {
  if (request instanceof ServerCall) return request;
  const call = request.contextValues?.get(callKey);
  if (call === undefined)
    throw new Error(`an interceptor of ${methodPath(request.method)} copied a unary request`);
  return {
    method: call.method,
    service: call.service,
    signal: request.signal,
    timeoutMs: () => call.timeoutMs(),
    requestMethod: call.requestMethod,
    requestHeader: request.header,
    responseHeader: call.responseHeader,
    responseTrailer: call.responseTrailer,
    protocolName: call.protocolName,
    values: request.contextValues,
    url: call.url,
  };
}

async function only(messages: AsyncIterable<Message>): Promise<Message> {
  for await (const message of messages) return message;
  throw domainError(ErrorReason.REQUEST_UNREADABLE, "the request has no message");
}
