import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { UnaryResponse } from "@connectrpc/connect";
import type { Client, Metadata } from "@grpc/grpc-js";
import { abortError } from "../errors.ts";
import { toHeaders } from "../grpc/metadata.ts";
import type { AppId } from "../services.ts";
import type { Definition } from "./definition.ts";
import { failureOf } from "./failure.ts";

export interface UnaryCall {
  app: AppId;
  client: Client;
  method: DescMethod;
  definition: Definition;
  metadata: Metadata;
  /** As milliseconds of the epoch. */
  deadline: number;
  signal: AbortSignal | undefined;
  request: Message;
}

/** Makes one unary call. Aborting its signal cancels it on the wire as well. */
export function callUnary(o: UnaryCall): Promise<UnaryResponse> {
  const { app, client, method, metadata, deadline, signal, request } = o;
  const { path, input, output } = o.definition;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal));
    let header = new Headers();
    let trailer = new Headers();
    const cancel = () => call.cancel();
    const call = client.makeUnaryRequest(
      path,
      input.serialize,
      output.deserialize,
      request,
      metadata,
      { deadline },
      (error, message) => {
        signal?.removeEventListener("abort", cancel);
        if (error !== null) return reject(failureOf(error, app, signal));
        // grpc-js hands out the trailers after this callback, in the same turn.
        queueMicrotask(() =>
          resolve({
            stream: false,
            service: method.parent,
            method,
            header,
            trailer,
            message,
          } as UnaryResponse),
        );
      },
    );
    call.on("metadata", (received) => {
      header = toHeaders(received);
    });
    call.on("status", (status) => {
      trailer = toHeaders(status.metadata);
    });
    signal?.addEventListener("abort", cancel, { once: true });
  });
}
