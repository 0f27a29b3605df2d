import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { BadRequest, ErrorInfo, PreconditionFailure } from "@todo/proto/google/rpc/error_details";

/** How a call was made, as far as it tells which names of fields its caller knows. */
interface Made {
  readonly method: DescMethod;
  readonly requestMethod: string;
  readonly url: string;
  readonly header: Headers;
}

/**
 * Puts an error in the names that its caller uses: contracts and services say `subtask_of`, which JSON has as `subtaskOf`.
 *
 * No error repeats a value, so a word that is the name of a field is one.
 */
export function nameForCaller(error: ConnectError, call: Made): ConnectError {
  if (!isJson(call)) return error;
  const names = jsonNamesOf(call.method);
  const named = (text: string) => text.replaceAll(words, (word) => names.get(word) ?? word);
  Object.assign(error, { rawMessage: named(error.rawMessage) });
  for (const detail of error.details) {
    if ("desc" in detail) nameDetail(detail.desc.typeName, detail.value, named);
  }
  return error;
}

/** Words that JSON would write otherwise. */
const words = /\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g;

function isJson({ requestMethod, url, header }: Made): boolean {
  if (requestMethod === "GET") return new URL(url).searchParams.get("encoding") === "json";
  return /\bjson\b/.test(header.get("content-type") ?? "");
}

function nameDetail(typeName: string, value: unknown, named: (text: string) => string): void {
  switch (typeName) {
    case "google.rpc.BadRequest":
      for (const violation of (value as Partial<BadRequest>).fieldViolations ?? []) {
        violation.field = named(violation.field);
        violation.description = named(violation.description);
      }
      return;
    case "google.rpc.PreconditionFailure":
      for (const violation of (value as Partial<PreconditionFailure>).violations ?? []) {
        violation.description = named(violation.description);
      }
      return;
    case "google.rpc.ErrorInfo": {
      // The only entry that holds names of fields, for the mask of the next try.
      const { metadata } = value as Partial<ErrorInfo>;
      if (metadata?.["fields"] !== undefined) metadata["fields"] = named(metadata["fields"]);
    }
  }
}

const nameMaps = new WeakMap<DescMethod, ReadonlyMap<string, string>>();

function jsonNamesOf(method: DescMethod): ReadonlyMap<string, string> {
  let names = nameMaps.get(method);
  if (names === undefined) {
    const found = new Map<string, string>();
    const seen = new Set<DescMessage>();
    for (const message of [method.input, method.output]) collect(message, found, seen);
    names = found;
    nameMaps.set(method, names);
  }
  return names;
}

function collect(message: DescMessage, names: Map<string, string>, seen: Set<DescMessage>): void {
  if (seen.has(message)) return;
  seen.add(message);
  for (const field of message.fields) {
    names.set(field.name, field.jsonName);
    if (field.message) collect(field.message, names, seen);
  }
}
