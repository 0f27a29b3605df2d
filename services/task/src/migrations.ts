import { CreateTask } from "../migrations/20261121120000_create_task.ts";

/** Every migration, oldest first. */
export const migrations = [{ name: "20261121120000_create_task", migration: CreateTask }];
