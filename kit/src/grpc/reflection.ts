import {
  createRegistry,
  type DescExtension,
  type DescFile,
  type DescService,
  type MessageInitShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from "@todo/proto/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@todo/proto/grpc/reflection/v1alpha/reflection";
import { type Mount, mount } from "./mount.ts";

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;
type Question = ServerReflectionRequest["messageRequest"];

/** Server reflection in both versions that clients ask for, over the descriptors of the given services. */
export function reflectionMounts(services: readonly DescService[]): Mount[] {
  const all = [...services, ServerReflection, ServerReflectionAlpha];
  const files = withDependencies(all.map((service) => service.file));
  const index: Index = {
    names: all.map((service) => service.typeName).sort(),
    files: new Map(files.map((file) => [file.proto.name, file])),
    registry: createRegistry(...files),
  };
  const impl: ServiceImpl<typeof ServerReflection> = {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) {
        yield {
          validHost: request.host,
          originalRequest: request,
          messageResponse: answerTo(request.messageRequest, index),
        };
      }
    },
  };
  // The two versions differ in their package name alone.
  return [mount(ServerReflection, impl), mount(ServerReflectionAlpha, alphaOf(impl))];
}

function alphaOf(impl: ServiceImpl<typeof ServerReflection>): ServiceImpl<typeof ServerReflectionAlpha> {
  return {
    async *serverReflectionInfo(requests, context) {
      const answers = impl.serverReflectionInfo(requests as never, context);
      for await (const { originalRequest, ...rest } of answers) yield rest as never;
    },
  };
}

interface Index {
  names: readonly string[];
  files: ReadonlyMap<string, DescFile>;
  registry: Registry;
}

function answerTo(question: Question, { names, files, registry }: Index): Answer {
  switch (question.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: names.map((name) => ({ name })) } };
    case "fileByFilename":
      return fileAnswer(files.get(question.value));
    case "fileContainingSymbol":
      return fileAnswer(fileOfSymbol(registry, question.value));
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      return fileAnswer(
        extensionsOf(registry, containingType).find((extension) => extension.number === extensionNumber)
          ?.file,
      );
    }
    case "allExtensionNumbersOfType":
      return {
        case: "allExtensionNumbersResponse",
        value: {
          baseTypeName: question.value,
          extensionNumber: extensionsOf(registry, question.value).map((extension) => extension.number),
        },
      };
    default:
      return failure(Code.InvalidArgument, "nothing was asked");
  }
}

/** The file of a service, a method, a message, a field, an enum, one of its values, or an extension. */
function fileOfSymbol(registry: Registry, symbol: string): DescFile | undefined {
  const parent = symbol.slice(0, Math.max(0, symbol.lastIndexOf(".")));
  const found = registry.get(symbol) ?? (parent === "" ? undefined : registry.get(parent));
  return found?.file;
}

function extensionsOf(registry: Registry, typeName: string): DescExtension[] {
  return [...registry].filter(
    (type): type is DescExtension => type.kind === "extension" && type.extendee.typeName === typeName,
  );
}

function fileAnswer(file: DescFile | undefined): Answer {
  if (file === undefined) return failure(Code.NotFound, "not found");
  const fileDescriptorProto = withDependencies([file]).map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function failure(code: Code, message: string): Answer {
  return { case: "errorResponse", value: { errorCode: code, errorMessage: message } };
}

/** Files and all that they import, each once, the asked-for first. */
function withDependencies(files: readonly DescFile[]): DescFile[] {
  const found = new Map<string, DescFile>();
  const visit = (file: DescFile) => {
    if (found.has(file.name)) return;
    found.set(file.name, file);
    file.dependencies.forEach(visit);
  };
  files.forEach(visit);
  return [...found.values()];
}
