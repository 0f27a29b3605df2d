import type { DescMethod } from "@bufbuild/protobuf";
import { type Codec, codecOf, methodPath } from "../grpc/codec.ts";

/** What grpc-js has to know of a method. */
export interface Definition {
  path: string;
  input: Codec;
  output: Codec;
}

const definitions = new WeakMap<DescMethod, Definition>();

/** The definition of a method, made at its first call. */
export function definitionOf(method: DescMethod): Definition {
  let definition = definitions.get(method);
  if (definition === undefined) {
    definition = { path: methodPath(method), input: codecOf(method.input), output: codecOf(method.output) };
    definitions.set(method, definition);
  }
  return definition;
}
