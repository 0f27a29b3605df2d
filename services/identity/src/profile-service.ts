import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { principalOf } from "@todo/kit/principal";
import { type Profile, ProfileSchema } from "@todo/proto/todo/identity/v1/profile";
import type { ProfileService, UpdateProfileRequest } from "@todo/proto/todo/identity/v1/profile_service";
import { readZone } from "@todo/rrule/zone/names";
import { fieldInvalid, outboxFull, profileNotFound, zoneUnknown } from "./errors.ts";
import { defaultLocale, defaultZone, localeTagged, nameWritten } from "./profile.ts";
import { type ProfileChange, type ProfileRow, readProfile, writeProfile } from "./profile-queries.ts";
import type { IdentityDatabase } from "./tables.ts";

export interface ProfileServiceDeps {
  /** For reads: it gives a statement up when the signal of the call fires. */
  databaseFor(signal: AbortSignal): IdentityDatabase;
  database: IdentityDatabase;
  now: () => Date;
  /** Whether too many events wait for the broker already. */
  outboxFull: () => boolean;
  /** Called when a change may have left an event in the outbox. */
  recorded: () => void;
}

export function createProfileService(deps: ProfileServiceDeps): ServiceImpl<typeof ProfileService> {
  return {
    async getProfile(_request, context) {
      const row = await readProfile(deps.databaseFor(context.signal), principalOf(context).userId);
      return { profile: toProfile(row) };
    },

    async updateProfile(request, context) {
      const { userId } = principalOf(context);
      const change = changeOf(request);
      if (deps.outboxFull()) throw outboxFull();
      const row = await writeProfile(deps.database, userId, change, deps.now());
      deps.recorded();
      return { profile: toProfile(row) };
    },
  };
}

function changeOf(request: UpdateProfileRequest): ProfileChange {
  const change: ProfileChange = {};
  for (const path of request.updateMask?.paths ?? []) {
    if (path === "display_name")
      change.name = required(nameWritten(request.displayName), path, "is not printable");
    if (path === "zone") change.zone = requiredZone(request.zone || defaultZone);
    if (path === "locale") {
      change.locale = required(
        localeTagged(request.locale || defaultLocale),
        path,
        "is no language tag of BCP 47",
      );
    }
  }
  return change;
}

function requiredZone(text: string): string {
  const zone = readZone(text);
  if (zone.tzid === undefined) throw zoneUnknown("zone", zone);
  return zone.tzid;
}

function required(value: string | undefined, field: string, otherwise: string): string {
  if (value === undefined) throw fieldInvalid(field, otherwise);
  return value;
}

export function toProfile(row: ProfileRow | undefined): Profile {
  if (row === undefined) throw profileNotFound();
  return create(ProfileSchema, {
    userId: row.id,
    email: row.email,
    displayName: row.name,
    zone: row.zone,
    locale: row.locale,
    createTime: timestampFromDate(row.createdAt),
  });
}
