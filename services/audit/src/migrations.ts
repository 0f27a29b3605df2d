import { CreateAudit } from "../migrations/20261121120000_create_audit.ts";

/** Every migration, oldest first. */
export const migrations = [{ name: "20261121120000_create_audit", migration: CreateAudit }];
