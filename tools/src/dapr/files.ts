import { appIds } from "@todo/kit/services";
import { configuration, sentryConfiguration } from "./configuration.ts";
import { pubsubComponent, subscriptions } from "./pubsub.ts";
import { resiliency } from "./resiliency.ts";
import { printYaml, type Yaml } from "./yaml.ts";

const generated = "Made by `npm run generate` from the contracts and the event catalogue; do not edit.";

/** Every file below deploy/dapr, path → text. `${NAMES}` in it are filled in by who deploys. */
export function daprFiles(): Record<string, string> {
  const files: Record<string, string> = {
    "sentry.yaml": print("Sentry, the certificate authority of the mesh.", [sentryConfiguration()]),
    "resources/kafka.yaml": print("The pub/sub component that all sidecars share.", [pubsubComponent()]),
  };
  for (const app of appIds) {
    files[`configuration/${app}.yaml`] = print(`The sidecar of ${app}: who may call what.`, [
      configuration(app),
    ]);
    const retries = resiliency(app);
    // One resource per file: daprd reads only the first Resiliency of a file.
    if (retries)
      files[`resources/resiliency-${app}.yaml`] = print(`The retries of ${app}'s sidecar.`, [retries]);
    const reads = subscriptions(app);
    if (reads.length > 0)
      files[`resources/subscriptions-${app}.yaml`] = print(`What ${app} consumes.`, reads);
  }
  return files;
}

function print(what: string, documents: readonly Yaml[]): string {
  return printYaml(`${what}\n${generated}`, documents);
}
