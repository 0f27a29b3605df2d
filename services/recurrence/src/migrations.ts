import { CreateRecurrence } from "../migrations/20261121180000_create_recurrence.ts";

/** Every migration, oldest first. */
export const migrations = [{ name: "20261121180000_create_recurrence", migration: CreateRecurrence }];
