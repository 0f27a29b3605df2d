import type { AnyKysely } from "@todo/kit/database";
import type { DomainEvent } from "@todo/kit/event";
import { type EventHandler, once } from "@todo/kit/subscribe";
import { type UserErased, UserErasedSchema } from "@todo/proto/todo/identity/v1/user_event";
import { eraseBatch, markErased } from "./erasure.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the service does with each topic it reads: it obeys erasures. */
export function taskSubscriptions(deps: { now: () => Date }): Record<string, EventHandler[]> {
  const obey = async ({ data: { userId } }: DomainEvent<UserErased>, tx: AnyKysely) => {
    // Nobody else can have made a task.
    if (!uuid.test(userId)) return;
    const erasing = { userId, now: deps.now() };
    await markErased(tx, erasing);
    // Enough for most users; what is left the sweep works off.
    await eraseBatch(tx, erasing);
  };
  return { "user.events": [once(UserErasedSchema, obey)] };
}
