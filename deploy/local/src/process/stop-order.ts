/**
 * Who stops when: the sidecars hear it first, take in nothing new and let the apps finish what they hold; then the apps;
 * and last what both stand on.
 */
export const isSidecar = (name: string): boolean => name.startsWith("daprd:");
export const isGround = (name: string): boolean => ["kafka", "sentry", "postgres"].includes(name);
