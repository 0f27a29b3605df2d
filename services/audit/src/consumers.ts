import { type Client, createClient, createRouterTransport } from "@connectrpc/connect";
import { maskErrors } from "@todo/kit/grpc/mask-errors";
import type { Logger } from "@todo/kit/log";
import type { Mesh } from "@todo/kit/mesh";
import type { createParkedEventsService } from "@todo/kit/parked-events";
import { type AppId, catalogue } from "@todo/kit/services";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";

/** The way to what waits at each consumer, by the ids of their apps. */
export type Consumers = ReadonlyMap<string, Client<typeof ParkedEventsService>>;

/** All consumers there are: this app without a detour, the others over the mesh. */
export function allConsumers(o: {
  own: ReturnType<typeof createParkedEventsService>;
  mesh: Mesh;
  log: Logger;
}): Consumers {
  const within = createRouterTransport(({ service }) => void service(ParkedEventsService, o.own), {
    router: { interceptors: [maskErrors(o.log)] },
  });
  const transportTo = (app: AppId) => (app === "audit" ? within : o.mesh.transport(app));
  const apps = catalogue.filter(({ service }) => service === ParkedEventsService).map(({ app }) => app);
  return new Map(apps.map((app) => [app, createClient(ParkedEventsService, transportTo(app))]));
}
