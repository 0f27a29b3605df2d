import { createRouterTransport, type Interceptor, type Transport } from "@connectrpc/connect";
import { type Mount, mount } from "./mount.ts";

export { type Mount, mount };

/**
 * The services of `serveGrpc` without network, for unit tests: real client, real codec, real interceptors.
 *
 * `headers` go along with every call, so that tests need not repeat tokens.
 */
export function inMemoryTransport(
  mounts: readonly Mount[],
  interceptors: readonly Interceptor[],
  o: { headers?: Readonly<Record<string, string>> } = {},
): Transport {
  const { headers = {} } = o;
  const withHeaders: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) {
      if (!request.header.has(name)) request.header.set(name, value);
    }
    return next(request);
  };
  return createRouterTransport(
    (router) => {
      for (const { desc, impl } of mounts) router.service(desc, impl);
    },
    { router: { interceptors: [...interceptors] }, transport: { interceptors: [withHeaders] } },
  );
}
