import { type ClientHttp2Session, connect, constants } from "node:http2";
import type { Call } from "#src/load/closed-loop.ts";

/**
 * A caller of one unary gRPC method over one connection, always with the same request, which it does not encode again.
 *
 * It costs a third of what a server of grpc-js does, so with a core of its own the server is what is measured.
 */
export async function http2Caller(o: {
  port: number;
  path: string;
  message: Uint8Array;
}): Promise<{ call: Call } & AsyncDisposable> {
  const session = connect(`http://127.0.0.1:${o.port}`);
  await new Promise((resolve, reject) => session.once("connect", resolve).once("error", reject));
  session.on("error", () => undefined);
  const frame = framed(o.message);
  return {
    call: () => callOnce(session, o.path, frame),
    [Symbol.asyncDispose]: async () => session.destroy(),
  };
}

/** A message as gRPC puts it on the wire: not compressed, its length, its bytes. */
function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function callOnce(session: ClientHttp2Session, path: string, frame: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: path,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      [constants.HTTP2_HEADER_TE]: "trailers",
    });
    let bytes = 0;
    let status: unknown;
    stream.on("trailers", (trailers) => {
      status = trailers["grpc-status"];
    });
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    stream.on("error", reject);
    stream.on("close", () =>
      status === "0" && bytes === frame.length
        ? resolve()
        : reject(new Error(`status ${status}, ${bytes} bytes`)),
    );
    stream.end(frame);
  });
}
