import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { Metadata, type StatusObject } from "@grpc/grpc-js";
import { StatusSchema } from "@todo/proto/google/rpc/status";
import { toHeaders, toMetadata } from "./metadata.ts";

/** Where gRPC carries the details of an error: a serialised google.rpc.Status. grpc-js itself knows nothing of it. */
const detailsKey = "grpc-status-details-bin";

/** The status that ends a call, with details and trailers. */
export function toStatus(error: ConnectError, trailers?: Headers): StatusObject {
  const metadata = new Metadata();
  if (trailers !== undefined) toMetadata(trailers, metadata);
  // Metadata of an error from the wire belongs to the hop it came from.
  if (!error.isWireError) toMetadata(error.metadata, metadata);
  if (error.details.length > 0) metadata.set(detailsKey, Buffer.from(encodeDetails(error)));
  // grpc-js throws where nobody can catch it if the text holds half of a surrogate pair.
  return { code: error.code as number, details: error.rawMessage.toWellFormed(), metadata };
}

/** The error that a status stands for. Details that cannot be read are left out. */
export function fromStatus(status: Pick<StatusObject, "code" | "details" | "metadata">): ConnectError {
  const headers = toHeaders(status.metadata);
  headers.delete(detailsKey);
  const code = status.code in Code ? (status.code as number as Code) : Code.Unknown;
  const error = new ConnectError(status.details, code, headers);
  error.details = decodeDetails(status.metadata.get(detailsKey)[0]);
  error.isWireError = true;
  return error;
}

function encodeDetails(error: ConnectError): Uint8Array {
  const details = error.details.map((detail) =>
    "desc" in detail
      ? anyPack(detail.desc, create(detail.desc, detail.value))
      : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
  );
  return toBinary(
    StatusSchema,
    create(StatusSchema, { code: error.code, message: error.rawMessage.toWellFormed(), details }),
  );
}

function decodeDetails(value: string | Buffer | undefined): ConnectError["details"] {
  if (!Buffer.isBuffer(value)) return [];
  try {
    return fromBinary(StatusSchema, value).details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
  } catch {
    return [];
  }
}
