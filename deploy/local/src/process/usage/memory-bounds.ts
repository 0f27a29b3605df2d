/**
 * The most memory that a process of the system may hold under load, in MiB, its children included: what it rests at
 * after hours of it, and a quarter more. A new app has the bound of any other.
 */
export function memoryBound(process: string): number {
  if (process.startsWith("app:")) return 400;
  if (process.startsWith("daprd:")) return 160;
  if (process === "kafka") return 700;
  if (process === "postgres") return 1_000;
  return 100;
}
