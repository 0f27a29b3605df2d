import type { DescMessage, Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import type { Violation } from "@bufbuild/protovalidate";
import { validator } from "../validator.ts";
import { commonViolations } from "./every-request.ts";

/** What is asked of callers from outside alone. Between services a whole resource may be sent with a mask. */
const ofOutside: ReadonlySet<string> = new Set(["field_mask.empty", "field_mask.unnamed"]);

/**
 * Everything in which a message breaks its contract and the rules that hold for all.
 *
 * Of a place where one of the former is broken the latter say no more. What a mask means is asked once all fields are
 * right. Throws if the contract itself cannot be applied.
 */
export function violationsOf(desc: DescMessage, message: Message, o: { outside: boolean }): Violation[] {
  const result = validator.validate(desc, message);
  if (result.kind === "error") throw result.error;
  const common = commonViolations(desc, message).filter(({ ruleId }) => o.outside || !ofOutside.has(ruleId));
  const hints = new Map(common.filter(isOfMask).map((violation) => [placeOf(violation), violation]));
  // Both know a mask with a field that nobody may change; only the second proposes another.
  const own = (result.violations ?? []).map((violation) =>
    isOfMask(violation) ? (hints.get(placeOf(violation)) ?? violation) : violation,
  );
  const places = new Set(own.map(placeOf));
  const further = common.filter((violation) => !places.has(placeOf(violation)));
  return own.length === 0 ? further : [...own, ...further.filter((violation) => !isOfMask(violation))];
}

function isOfMask({ ruleId }: Violation): boolean {
  return ruleId.startsWith("field_mask.");
}

function placeOf({ field }: Violation): string {
  return pathToString(field);
}
