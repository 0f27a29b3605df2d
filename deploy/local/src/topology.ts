/** What an app needs besides its sidecar and its keys. */
export type Need = "database" | "kafka" | "public-url" | "auth-secret" | "audit-master-key";

/** One app of the mesh. */
export interface AppEntry {
  /** The Dapr app id, and the name of its schema. */
  readonly id: string;
  /** The file that starts it, from the root of the repository. */
  readonly main: string;
  /** Whether other apps call it over gRPC. The gateway is called by nobody, and serves the outside instead. */
  readonly serves: "mesh" | "outside";
  readonly needs: readonly Need[];
}

/** The whole system in one table: every app runs beside its own sidecar. */
export const topology: readonly AppEntry[] = [
  { id: "gateway", main: "gateway/src/main.ts", serves: "outside", needs: [] },
  { id: "task", main: "services/task/src/main.ts", serves: "mesh", needs: ["database", "kafka"] },
  {
    id: "identity",
    main: "services/identity/src/main.ts",
    serves: "mesh",
    needs: ["database", "kafka", "public-url", "auth-secret"],
  },
  {
    id: "audit",
    main: "services/audit/src/main.ts",
    serves: "mesh",
    needs: ["database", "kafka", "audit-master-key"],
  },
  {
    id: "recurrence",
    main: "services/recurrence/src/main.ts",
    serves: "mesh",
    needs: ["database", "kafka"],
  },
];
