import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { leftOf, shownCertificate } from "../../mesh/shown-certificate.ts";
import { type Check, type Finding, fault, unless, warning } from "../check.ts";

const dayMs = 24 * 60 * 60 * 1_000;
/** A start renews an authority that ends sooner. */
const renewalMs = 30 * dayMs;

/** Whether the mesh's certificates last: those of its authority, and that which each sidecar shows to others. */
export const certificates: Check = {
  name: "certificates",
  async look({ folder, instances, ports, now: clock }) {
    const now = clock().getTime();
    const authority = await Promise.all(
      ["ca.crt", "issuer.crt"].map((file) => authorityOf(join(folder.authority, file), file, now)),
    );
    const workloads = await Promise.all(
      instances.map(({ name }) => workloadOf(name, ports.apps[name]?.daprInternal ?? 0, now)),
    );
    return unless(
      [...authority, ...workloads].flat(),
      `2 of the authority and ${instances.length} of sidecars are valid`,
    );
  },
};

async function authorityOf(file: string, name: string, now: number): Promise<Finding[]> {
  const left = Date.parse(new X509Certificate(await readFile(file)).validTo) - now;
  const cure = "start the system again: it renews what ends within 30 days";
  if (left <= 0) return [fault(`${name} of the mesh has ended`, cure)];
  return left > renewalMs
    ? []
    : [warning(`${name} of the mesh ends in ${Math.floor(left / dayMs)} days`, cure)];
}

/** Sidecars renew theirs long before; one that is near its end has a sidecar that cannot reach the authority. */
async function workloadOf(app: string, port: number, now: number): Promise<Finding[]> {
  const cure = "see whether sentry is ready, and the log of the sidecar";
  const shown = await shownCertificate(port);
  if (shown === undefined) return [fault(`the sidecar of ${app} shows no certificate`, cure)];
  const left = leftOf(shown, now);
  if (left <= 0) return [fault(`the certificate of ${app}'s sidecar has ended`, cure)];
  return left > 0.1 ? [] : [warning(`the certificate of ${app}'s sidecar was not renewed in time`, cure)];
}
