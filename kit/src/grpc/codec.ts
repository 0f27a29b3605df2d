import { type DescMessage, type DescMethod, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";

/** What stands in for a request that could not be decoded, so that the answer can say so in our own words. */
export class Unreadable {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

export interface Codec {
  serialize(message: Message): Buffer;
  deserialize(bytes: Buffer): Message;
}

export function codecOf(desc: DescMessage): Codec {
  return {
    serialize: (message) => {
      const bytes = toBinary(desc, message);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    deserialize: (bytes) => fromBinary(desc, bytes),
  };
}

/** Like `codecOf`, but bytes that are no message become an `Unreadable` instead of an exception. */
export function tolerantCodecOf(desc: DescMessage): Codec {
  const { serialize } = codecOf(desc);
  return {
    serialize,
    deserialize: (bytes) => {
      try {
        return fromBinary(desc, bytes);
      } catch (error) {
        return new Unreadable(error) as unknown as Message;
      }
    },
  };
}

/** The path of a method on the wire, such as `/todo.task.v1.TaskService/GetTask`. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

export function streamsRequests({ methodKind }: DescMethod): boolean {
  return methodKind === "client_streaming" || methodKind === "bidi_streaming";
}

export function streamsResponses({ methodKind }: DescMethod): boolean {
  return methodKind === "server_streaming" || methodKind === "bidi_streaming";
}
