import type { Relay } from "./relay.ts";
import type { Subscriber } from "./subscribe.ts";

/** A started app. Disposing of it stops it in order: intake, grace, abort, pools. */
export interface RunningApp extends AsyncDisposable {
  /** The port of the gRPC server. */
  port: number;
  /** The port of the HTTP server with health and metrics. */
  adminPort: number;
  subscriber?: Subscriber;
  relay?: Relay;
}
