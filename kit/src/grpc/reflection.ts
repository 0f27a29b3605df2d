import {
  createRegistry,
  type DescExtension,
  type DescFile,
  type DescMethod,
  type DescService,
  type MessageInitShape,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
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

/**
 * Server reflection in both versions that clients ask for, over the descriptors of the given services. What is not offered
 * does not show in them: by default every method of these services is, and no other service.
 */
export function reflectionMounts(
  services: readonly DescService[],
  offers: (method: DescMethod) => boolean = () => true,
): Mount[] {
  const all = [...services, ServerReflection, ServerReflectionAlpha];
  const files = withDependencies(all.map((service) => service.file));
  const names = all.map((service) => service.typeName).sort();
  const index: Index = {
    names,
    files: new Map(files.map((file) => [file.proto.name, file])),
    registry: createRegistry(...files),
    offered: new Set([
      ...names,
      ...all.flatMap(({ typeName, methods }) =>
        methods
          .filter((method) => !services.includes(method.parent) || offers(method))
          .map(({ name }) => `${typeName}.${name}`),
      ),
    ]),
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
  /** The full names of services and methods that show. */
  offered: ReadonlySet<string>;
}

function answerTo(question: Question, index: Index): Answer {
  const { names, files, registry } = index;
  switch (question.case) {
    case "listServices":
      return { case: "listServicesResponse", value: { service: names.map((name) => ({ name })) } };
    case "fileByFilename":
      return fileAnswer(files.get(question.value), index);
    case "fileContainingSymbol":
      return fileAnswer(fileOfSymbol(question.value, index), index);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      return fileAnswer(
        extensionsOf(registry, containingType).find((extension) => extension.number === extensionNumber)
          ?.file,
        index,
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
function fileOfSymbol(symbol: string, { registry, offered }: Index): DescFile | undefined {
  const parent = symbol.slice(0, Math.max(0, symbol.lastIndexOf(".")));
  const found = registry.get(symbol) ?? (parent === "" ? undefined : registry.get(parent));
  if (found?.kind === "service" && !offered.has(symbol)) return undefined;
  return found?.file;
}

function extensionsOf(registry: Registry, typeName: string): DescExtension[] {
  return [...registry].filter(
    (type): type is DescExtension => type.kind === "extension" && type.extendee.typeName === typeName,
  );
}

function fileAnswer(file: DescFile | undefined, index: Index): Answer {
  if (file === undefined) return failure(Code.NotFound, "not found");
  const fileDescriptorProto = withDependencies([file]).map((each) =>
    toBinary(FileDescriptorProtoSchema, shown(each, index)),
  );
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

/** A file without the services and methods that are not offered. */
function shown({ proto }: DescFile, { offered }: Index): FileDescriptorProto {
  const prefix = proto.package === "" ? "" : `${proto.package}.`;
  const service = proto.service
    .filter(({ name }) => offered.has(prefix + name))
    .map((each) => ({
      ...each,
      method: each.method.filter(({ name }) => offered.has(`${prefix}${each.name}.${name}`)),
    }));
  return { ...proto, service };
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
