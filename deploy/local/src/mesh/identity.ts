/** The names of the mesh's identities (SPIFFE), which sentry, the sidecars and the access policies must agree on. */
export const namespace = "default";
/** daprd names no trust domain outside Kubernetes, and sentry then takes this one. */
export const workloadTrustDomain = "public";
export const controlPlaneTrustDomain = "localhost";

export const workloadId = (app: string): string => `spiffe://${workloadTrustDomain}/ns/${namespace}/${app}`;
export const sentryId = `spiffe://${controlPlaneTrustDomain}/ns/${namespace}/dapr-sentry`;
