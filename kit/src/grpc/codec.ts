import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";

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

/** Reads a message. Bytes that are none become an `Unreadable` instead of an exception. */
export function tolerantParser(desc: DescMessage): (bytes: Buffer) => Message {
  return (bytes) => {
    try {
      return fromBinary(desc, bytes);
    } catch (error) {
      return new Unreadable(error) as unknown as Message;
    }
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

/** What Connect lets handlers and callers write instead of a message. */
export type Init = MessageInitShape<DescMessage>;

/** The message that an initialiser stands for. */
export function asMessage(desc: DescMessage, init: Init): Message {
  return init.$typeName === desc.typeName ? (init as Message) : create(desc, init);
}

export async function* asMessages(
  desc: DescMessage,
  inits: Iterable<Init> | AsyncIterable<Init>,
): AsyncIterable<Message> {
  for await (const init of inits) yield asMessage(desc, init);
}
