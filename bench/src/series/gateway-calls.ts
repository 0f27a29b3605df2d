import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromJsonString,
  type MessageInitShape,
  type MessageShape,
  toJsonString,
} from "@bufbuild/protobuf";
import type { JsonCaller } from "#src/load/json-caller.ts";

/** Makes a call in the name of one person. Whatever is not 200 is thrown. */
export type Ask = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** Calls a gateway as a program would, with a person's token. */
export function askAs(caller: JsonCaller, token: string): Ask {
  const headers = { authorization: `Bearer ${token}` };
  return async ({ parent, name, input, output }, request) => {
    const path = `/${parent.typeName}/${name}`;
    const body = toJsonString(input, create(input, request));
    return fromJsonString(output, await caller.ask({ method: "POST", path, headers, body }));
  };
}
