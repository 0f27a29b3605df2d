import { create } from "@bufbuild/protobuf";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { Health, HealthCheckRequestSchema } from "@todo/proto/grpc/health/v1/health";
import { tokenHeader } from "../grpc/app-token.ts";
import { openChannels } from "./channels.ts";
import { definitionOf } from "./definition.ts";

export interface OwnCallOptions {
  /** Whose call it is, and to whom. */
  readonly app: string;
  /** Of the gRPC API of the app's own sidecar. */
  readonly address: string;
  readonly apiToken: string;
  /** 1.5 s without it, so that a probe has its answer within the time that health gives a check. */
  readonly timeoutMs?: number;
}

/** Thrown when an app's call to itself does not come through. The code is gRPC's, by name. */
export class MeshError extends Error {
  override readonly name = "MeshError";
  readonly code: string;
  constructor(error: ServiceError) {
    super(error.details, { cause: error });
    this.code = status[error.code] ?? "UNKNOWN";
  }
}

/**
 * Calls the own app by its id through the own sidecar, which has to take the call and to find the name as for any other
 * caller. The access policies let nobody call itself, and daprd says so after it has found the name: that answer counts
 * as well. Those who ask at the same time share one call.
 */
export function ownCall(o: OwnCallOptions): (() => Promise<void>) & Disposable {
  const channels = openChannels(o.address, 1);
  let asking: Promise<void> | undefined;
  const check = () => {
    asking ??= ask(channels.next(), o).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return Object.assign(check, { [Symbol.dispose]: () => channels.close() });
}

function ask(client: ReturnType<ReturnType<typeof openChannels>["next"]>, o: OwnCallOptions): Promise<void> {
  const { path, input, output } = definitionOf(Health.method.check);
  const metadata = new Metadata();
  metadata.set("dapr-app-id", o.app);
  metadata.set(tokenHeader, o.apiToken);
  const request = create(HealthCheckRequestSchema);
  const deadline = Date.now() + (o.timeoutMs ?? 1_500);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.makeUnaryRequest(
    path,
    input.serialize,
    output.deserialize,
    request,
    metadata,
    { deadline },
    (error) => {
      if (error === null || error.code === status.PERMISSION_DENIED) resolve();
      else reject(new MeshError(error));
    },
  );
  return promise;
}
