import type { DescService } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";

/** A service with its implementation, as `serveGrpc` and `inMemoryTransport` take it. */
export interface Mount<S extends DescService = DescService> {
  desc: S;
  impl: ServiceImpl<S>;
}

/** Pairs a service with its implementation, checked. */
export function mount<S extends DescService>(desc: S, impl: ServiceImpl<S>): Mount {
  return { desc, impl: impl as unknown as ServiceImpl<DescService> };
}
