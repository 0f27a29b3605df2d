import { createFileRegistry, fromJson, type Message } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** The one message of the service below. */
export type Echo = Message<"kit.test.v1.Echo"> & { text: string; count: number };

type EchoSchema = GenMessage<Echo>;

const method = (name: string, clientStreaming: boolean, serverStreaming: boolean) => ({
  name,
  inputType: ".kit.test.v1.Echo",
  outputType: ".kit.test.v1.Echo",
  clientStreaming,
  serverStreaming,
});

const registry = createFileRegistry(
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "kit/test/v1/echo.proto",
        package: "kit.test.v1",
        syntax: "proto3",
        messageType: [
          {
            name: "Echo",
            field: [
              { name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL", jsonName: "text" },
              { name: "count", number: 2, type: "TYPE_UINT32", label: "LABEL_OPTIONAL", jsonName: "count" },
            ],
          },
        ],
        service: [
          {
            name: "EchoService",
            method: [
              method("Say", false, false),
              method("Repeat", false, true),
              method("Join", true, false),
              method("Talk", true, true),
            ],
          },
        ],
      },
    ],
  }),
);

/** A service with one method of each kind, made without generated code. */
export const EchoService = registry.getService("kit.test.v1.EchoService") as unknown as GenService<{
  say: { methodKind: "unary"; input: EchoSchema; output: EchoSchema };
  repeat: { methodKind: "server_streaming"; input: EchoSchema; output: EchoSchema };
  join: { methodKind: "client_streaming"; input: EchoSchema; output: EchoSchema };
  talk: { methodKind: "bidi_streaming"; input: EchoSchema; output: EchoSchema };
}>;
