import { Metadata } from "@grpc/grpc-js";

/**
 * Headers as gRPC metadata. Values of names that end in `-bin` are base64 in headers and bytes in metadata. What gRPC
 * cannot carry, such as a letter outside of ASCII, is left out: an answer without a header is better than none.
 */
export function toMetadata(headers: Iterable<[string, string]>, metadata = new Metadata()): Metadata {
  for (const [name, value] of headers) {
    if (!name.endsWith("-bin")) add(metadata, name, value);
    else for (const one of value.split(",")) add(metadata, name, Buffer.from(one.trim(), "base64"));
  }
  return metadata;
}

function add(metadata: Metadata, name: string, value: string | Buffer): void {
  try {
    metadata.add(name, value);
  } catch {
    // Left out, as said above.
  }
}

/** gRPC metadata as headers. Several values of a name are joined by commas. */
export function toHeaders(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(metadata.toJSON())) {
    for (const value of values) {
      headers.append(name, typeof value === "string" ? value : value.toString("base64").replaceAll("=", ""));
    }
  }
  return headers;
}
