import { type Check, fault, unless } from "../check.ts";

/** Whether every app, sidecar and the certificate authority says that it is ready. */
export const readiness: Check = {
  name: "readiness",
  async look({ instances, ports, healthy }) {
    const places = [
      { name: "sentry", url: `http://127.0.0.1:${ports.sentry.health}/healthz` },
      ...instances.flatMap(({ name }) => [
        { name, url: `http://127.0.0.1:${ports.apps[name]?.admin}/health/ready` },
        {
          name: `the sidecar of ${name}`,
          url: `http://127.0.0.1:${ports.apps[name]?.daprHttp}/v1.0/healthz`,
        },
      ]),
    ];
    const results = await Promise.all(
      places.map(({ name, url }) =>
        healthy(url).then(
          () => undefined,
          () => name,
        ),
      ),
    );
    const unready = results.filter((name) => name !== undefined);
    return unless(
      unready.map((name) =>
        fault(
          `${name} is not ready`,
          `its path /health/ready or /v1.0/healthz, and its log, say what it misses`,
        ),
      ),
      `${places.length} apps and sidecars are ready`,
    );
  },
};
