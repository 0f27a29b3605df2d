import type { Transport } from "@connectrpc/connect";
import { domainError, ErrorReason, toConnectError } from "@todo/kit/errors";
import type { Mesh } from "@todo/kit/mesh";

/** A way between services of one process that leads somewhere as soon as all of them have their ports. */
export function createLateMesh(): { mesh: Mesh; lead(to: Mesh): void } {
  let found: Mesh | undefined;
  const transport: Mesh["transport"] = (app) => {
    const open = (): Transport => {
      if (found === undefined)
        throw toConnectError(domainError(ErrorReason.DEPENDENCY_UNAVAILABLE, `${app} is not available`));
      return found.transport(app);
    };
    return {
      unary: async (...call) => open().unary(...call),
      stream: async (...call) => open().stream(...call),
    };
  };
  return {
    mesh: { transport, async [Symbol.asyncDispose]() {} },
    lead(to) {
      found = to;
    },
  };
}
