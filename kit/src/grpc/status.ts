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
  return { code: error.code as number, details: textOf(error), metadata };
}

/** The error that a status stands for. Details that cannot be read are left out. */
export function fromStatus(status: Pick<StatusObject, "code" | "details" | "metadata">): ConnectError {
  const headers = toHeaders(status.metadata);
  headers.delete(detailsKey);
  const code = status.code in Code ? (status.code as number as Code) : Code.Unknown;
  const { message = "", details = [] } = decodeStatus(status.metadata.get(detailsKey)[0]) ?? {};
  const error = new ConnectError(status.details || message, code, headers);
  error.details = details;
  error.isWireError = true;
  return error;
}

function encodeDetails(error: ConnectError): Uint8Array {
  const details = error.details.map((detail) =>
    "desc" in detail
      ? anyPack(detail.desc, create(detail.desc, detail.value))
      : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
  );
  return toBinary(StatusSchema, create(StatusSchema, { code: error.code, message: textOf(error), details }));
}

/**
 * The text of an error as it can travel. grpc-js throws where nobody can catch it if it holds half of a surrogate pair;
 * and a sidecar writes a space at its begin or end as it is, for which HTTP/2 drops the header (RFC 9113 section 8.2.1).
 */
function textOf({ rawMessage }: ConnectError): string {
  return rawMessage.toWellFormed().trim();
}

function decodeStatus(
  value: string | Buffer | undefined,
): { message: string; details: ConnectError["details"] } | undefined {
  if (!Buffer.isBuffer(value)) return undefined;
  try {
    const { message, details } = fromBinary(StatusSchema, value);
    const named = details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
    return { message, details: named };
  } catch {
    return undefined;
  }
}
