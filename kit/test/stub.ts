import type { DescService } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";

/** An implementation of which only some methods are ever called. */
export function stub<S extends DescService>(desc: S, methods: Partial<ServiceImpl<S>>): ServiceImpl<S> {
  const missing = (name: string) => () => {
    throw new Error(`${name} is not part of this test`);
  };
  const all = desc.methods.map(({ localName }) => [localName, missing(localName)] as const);
  return { ...Object.fromEntries(all), ...methods } as ServiceImpl<S>;
}
