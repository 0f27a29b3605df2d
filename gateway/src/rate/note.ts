import type { Call } from "#src/call.ts";
import { rateHeaders } from "#src/rate/headers.ts";
import type { Counted } from "#src/rate/limiter.ts";

/** Lets the caller read what is left, whatever becomes of the call. */
export function noteCounted(call: Call, { rooms }: Counted): void {
  call.rooms = [...call.rooms, ...rooms];
  for (const [name, value] of Object.entries(rateHeaders(call.rooms))) call.setHeader(name, value);
}
