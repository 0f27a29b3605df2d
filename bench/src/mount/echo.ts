import { createFileRegistry, fromJson, type Message } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** A message as small as they get: what a call costs besides it is what is measured. */
export type Echo = Message<"todo.bench.v1.Echo"> & { text: string; count: number };

type EchoSchema = GenMessage<Echo>;

const registry = createFileRegistry(
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "todo/bench/v1/echo.proto",
        package: "todo.bench.v1",
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
            method: [{ name: "Say", inputType: ".todo.bench.v1.Echo", outputType: ".todo.bench.v1.Echo" }],
          },
        ],
      },
    ],
  }),
);

/** A service that gives back what it is given, made without generated code. */
export const EchoService = registry.getService("todo.bench.v1.EchoService") as unknown as GenService<{
  say: { methodKind: "unary"; input: EchoSchema; output: EchoSchema };
}>;
