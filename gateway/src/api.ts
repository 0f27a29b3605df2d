import type { DescMethod } from "@bufbuild/protobuf";
import { servingState } from "@todo/kit/grpc/health";
import { mount } from "@todo/kit/grpc/mount";
import { reflectionMounts } from "@todo/kit/grpc/reflection";
import { validate } from "@todo/kit/grpc/validate";
import { Health } from "@todo/proto/grpc/health/v1/health";
import type { FairAdmission } from "#src/admission.ts";
import type { AuditReport } from "#src/audit-report.ts";
import type { Authenticate } from "#src/auth/authenticate.ts";
import { createGate } from "#src/gate.ts";
import { fillRequestId } from "#src/idempotency.ts";
import type { ProxyOptions } from "#src/proxy.ts";
import { chargeByCost } from "#src/rate/cost.ts";
import type { RateLimiter } from "#src/rate/limiter.ts";
import { nameOf, type Route } from "#src/routes.ts";
import { createRpc, type Rpc } from "#src/rpc.ts";
import { seenErrors } from "#src/seen-errors.ts";
import type { Shutdown } from "#src/shutdown.ts";

export interface Api {
  rpc: Rpc;
  /** What is offered, by name. */
  methods: readonly string[];
  /** Tells those who watch the gateway's health that it stops. */
  stopServing(): void;
}

/** The offered methods with all that stands before them, and health and reflection beside them. */
export function createApi(o: {
  routes: readonly Route[];
  proxy: ProxyOptions;
  authenticate: Authenticate;
  limiter: RateLimiter;
  receiving: FairAdmission;
  report: AuditReport;
  shutdown: Shutdown;
}): Api {
  const { routes, proxy, authenticate, limiter, receiving, report, shutdown } = o;
  const { log } = proxy;
  const byName = new Map(routes.map((route) => [nameOf(route.method), route]));
  const services = [...new Set(routes.map(({ method }) => method.parent))];
  const offers = (method: DescMethod) => method.parent === Health || byName.has(nameOf(method));
  const serving = servingState(services.map(({ typeName }) => typeName));
  const rpc = createRpc({
    routes,
    proxy,
    own: [
      // Its streams end by themselves, after the news that the gateway stops.
      { mounts: [mount(Health, serving.impl)], end: shutdown.stopped },
      { mounts: reflectionMounts([...services, Health], offers), end: shutdown.stopping },
    ],
    gate: createGate({ routes: byName, authenticate, limiter, receiving, report, log }),
    interceptors: [
      seenErrors(log),
      fillRequestId(byName),
      validate({ outside: true }),
      chargeByCost(byName, limiter),
    ],
    shutdown,
  });
  return { rpc, methods: [...byName.keys()], stopServing: () => serving.stop() };
}
