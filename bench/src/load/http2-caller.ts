import { type ClientHttp2Session, connect, constants } from "node:http2";

/**
 * A caller of unary gRPC methods over one connection, which knows frames and no messages.
 *
 * It costs a third of what a server of grpc-js does, so the server is what is measured.
 */
export interface Http2Caller extends AsyncDisposable {
  /** Answers with the bytes of the answer's message. Whatever is not OK is thrown. */
  call(path: string, frame: Buffer, headers?: Readonly<Record<string, string>>): Promise<Buffer>;
}

export async function http2Caller(port: number): Promise<Http2Caller> {
  const session = connect(`http://127.0.0.1:${port}`);
  await new Promise((resolve, reject) => session.once("connect", resolve).once("error", reject));
  session.on("error", () => undefined);
  return {
    call: (path, frame, headers) => callOnce(session, frame, { ...headersOf(path), ...headers }),
    [Symbol.asyncDispose]: async () => session.destroy(),
  };
}

/** A message as gRPC puts it on the wire: not compressed, its length, its bytes. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(frameHead);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const frameHead = 5;

function headersOf(path: string): Record<string, string> {
  return {
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: path,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    [constants.HTTP2_HEADER_TE]: "trailers",
  };
}

function callOnce(
  session: ClientHttp2Session,
  frame: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    const chunks: Buffer[] = [];
    let status: unknown;
    const note = (received: Record<string, unknown>) => {
      status = received["grpc-status"] ?? status;
    };
    // A call that fails at once says so in its headers.
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      const answer = Buffer.concat(chunks);
      if (status === "0" && answer.length >= frameHead) resolve(answer.subarray(frameHead));
      else reject(new Error(`status ${status}, ${answer.length} bytes`));
    });
    stream.end(frame);
  });
}
