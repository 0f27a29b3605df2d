import type { DescService } from "@bufbuild/protobuf";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { EventAdminService } from "@todo/proto/todo/audit/v1/event_admin_service";
import { ParkedEventsService } from "@todo/proto/todo/audit/v1/parked_events_service";
import { AccountService } from "@todo/proto/todo/identity/v1/account_service";
import { AuthService } from "@todo/proto/todo/identity/v1/auth_service";
import { ProfileService } from "@todo/proto/todo/identity/v1/profile_service";
import { SessionService } from "@todo/proto/todo/identity/v1/session_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { RecurrenceService } from "@todo/proto/todo/recurrence/v1/recurrence_service";
import { SeriesService } from "@todo/proto/todo/task/v1/series_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";

/** The ids of all apps: Dapr app ids, names of schemas, issuers and audiences of assertions. */
export const appIds = ["gateway", "task", "identity", "audit", "recurrence"] as const;
export type AppId = (typeof appIds)[number];

/** Who operates the system. It is no app: it has a key and no sidecar, and calls past those of others on their machine. */
export const operator = "operator";

/** Who may sign assertions, as far as a method lets them: the apps, and the operator. */
export type Issuer = AppId | typeof operator;
export const issuerIds: readonly Issuer[] = [...appIds, operator];

/** Every service there is and the app that serves it: the one list. What every consumer serves has a line for each. */
export const catalogue: readonly { readonly service: DescService; readonly app: AppId }[] = [
  { service: TaskService, app: "task" },
  { service: SeriesService, app: "task" },
  { service: AuthService, app: "identity" },
  { service: AccountService, app: "identity" },
  { service: ProfileService, app: "identity" },
  { service: TokenService, app: "identity" },
  { service: SessionService, app: "identity" },
  { service: AuditService, app: "audit" },
  { service: EventAdminService, app: "audit" },
  { service: ParkedEventsService, app: "audit" },
  { service: ParkedEventsService, app: "task" },
  { service: ParkedEventsService, app: "recurrence" },
  { service: RecurrenceService, app: "recurrence" },
];

export const services: readonly DescService[] = [...new Set(catalogue.map((entry) => entry.service))];

/** The app that serves a service, the first if there are several. Throws for a service that is not in the catalogue. */
export function serviceOwner(service: DescService): AppId {
  const entry = catalogue.find((candidate) => candidate.service.typeName === service.typeName);
  if (entry === undefined) throw new Error(`${service.typeName} is not in the catalogue of services`);
  return entry.app;
}

/** The services of one app. */
export function servicesOf(app: AppId): DescService[] {
  return catalogue.filter((entry) => entry.app === app).map((entry) => entry.service);
}
