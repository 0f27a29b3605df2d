import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { type Echo, EchoService } from "../echo.ts";

/** The echo as one would write it with grpc-js alone: no context, no interceptors, nothing watched or bounded. */
export async function serveBare(): Promise<{ port: number } & AsyncDisposable> {
  const { input, output } = EchoService.method.say;
  const server = new Server();
  const serialize = (message: Echo) => Buffer.from(toBinary(output, message));
  const deserialize = (bytes: Buffer) => fromBinary(input, bytes);
  server.addService(
    {
      say: {
        path: `/${EchoService.typeName}/Say`,
        requestStream: false,
        responseStream: false,
        requestSerialize: serialize,
        requestDeserialize: deserialize,
        responseSerialize: serialize,
        responseDeserialize: deserialize,
      },
    },
    {
      say: ({ request }: ServerUnaryCall<Echo, Echo>, answer: sendUnaryData<Echo>) => answer(null, request),
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}
