import { BinaryReader } from "@bufbuild/protobuf/wire";

/** A finished span as an app sent it. */
export interface Span {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: none. */
  readonly parentSpanId: string;
}

/** Reads an ExportTraceServiceRequest (opentelemetry-proto 1, trace service), as far as the tests need it. */
export function readSpans(request: Uint8Array): Span[] {
  return fields(request, 1).flatMap((resourceSpans) => {
    const service = serviceName(fields(resourceSpans, 1)[0] ?? new Uint8Array());
    return fields(resourceSpans, 2).flatMap((scopeSpans) =>
      fields(scopeSpans, 2).map((span) => ({
        service,
        name: text(fields(span, 5)[0]),
        traceId: hex(fields(span, 1)[0]),
        spanId: hex(fields(span, 2)[0]),
        parentSpanId: hex(fields(span, 4)[0]),
      })),
    );
  });
}

function serviceName(resource: Uint8Array): string {
  const attribute = fields(resource, 1).find((pair) => text(fields(pair, 1)[0]) === "service.name");
  const value = attribute === undefined ? undefined : fields(attribute, 2)[0];
  return value === undefined ? "" : text(fields(value, 1)[0]);
}

/** The values of a length-delimited field, in order. */
function fields(message: Uint8Array, number: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === number) found.push(reader.bytes());
    else reader.skip(type);
  }
  return found;
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
