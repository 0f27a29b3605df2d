import { randomUUID } from "node:crypto";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { assertionHeader, requestIdHeader } from "@todo/kit/assertion";
import { tokenHeader } from "@todo/kit/grpc/app-token";
import { methodPath } from "@todo/kit/grpc/codec";
import { framed, http2Caller } from "#src/load/http2-caller.ts";
import { asGateway } from "./caller.ts";
import type { DirectService } from "./direct-service.ts";

/** Calls the task service as the gateway does, with as little effort of the caller's as possible. */
export interface PlainCaller extends AsyncDisposable {
  /** The answer's bytes, which nobody needs to decode. */
  call<I extends DescMessage>(
    method: DescMethodUnary<I>,
    place: number,
    request: MessageInitShape<I>,
  ): Promise<Buffer>;
  /** The answer. */
  ask<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    place: number,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
}

/** Each place calls in the name of a user of its own. */
export async function plainCaller(
  { port, appApiToken, assertions }: DirectService,
  userIds: readonly string[],
): Promise<PlainCaller> {
  const caller = await http2Caller(port);
  const call: PlainCaller["call"] = async (method, place, request) => {
    const assertion = await assertions.assert("task", asGateway(userIds[place % userIds.length] ?? ""));
    const message = toBinary(method.input, create(method.input, request));
    return caller.call(methodPath(method), framed(message), {
      [assertionHeader]: assertion,
      [requestIdHeader]: randomUUID(),
      [tokenHeader]: appApiToken,
    });
  };
  return {
    call,
    ask: async (method, place, request) => fromBinary(method.output, await call(method, place, request)),
    [Symbol.asyncDispose]: () => caller[Symbol.asyncDispose](),
  };
}
