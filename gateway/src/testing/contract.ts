import {
  create,
  createFileRegistry,
  type DescService,
  type MessageInitShape,
  setExtension,
} from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import {
  file_todo_policy_v1_method_policy,
  MethodPolicySchema,
  method as policyOption,
} from "@todo/proto/todo/policy/v1/method_policy";

/** A method of a service that only a test knows. It takes a StringValue and answers with one, or with many. */
export interface TestMethod {
  name: string;
  policy: MessageInitShape<typeof MethodPolicySchema>;
  streamsAnswers?: boolean;
  streamsRequests?: boolean;
}

/** The descriptor of `todo.test.v1.TestService` with the given methods. */
export function testService(...methods: TestMethod[]): DescService {
  const text = ".google.protobuf.StringValue";
  const file = create(FileDescriptorProtoSchema, {
    name: "todo/test/v1/test_service.proto",
    package: "todo.test.v1",
    syntax: "proto3",
    dependency: ["google/protobuf/wrappers.proto", "todo/policy/v1/method_policy.proto"],
    service: [
      {
        name: "TestService",
        method: methods.map((method) => {
          const options = create(MethodOptionsSchema);
          setExtension(options, policyOption, create(MethodPolicySchema, method.policy));
          return {
            name: method.name,
            inputType: text,
            outputType: text,
            options,
            serverStreaming: method.streamsAnswers ?? false,
            clientStreaming: method.streamsRequests ?? false,
          };
        }),
      },
    ],
  });
  const known = [file_google_protobuf_wrappers, file_todo_policy_v1_method_policy];
  const registry = createFileRegistry(file, (name) => known.find(({ proto }) => proto.name === name));
  return registry.getService("todo.test.v1.TestService") as DescService;
}
