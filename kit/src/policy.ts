import { type DescField, type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { Idempotency, method as methodOption, RateClass } from "@todo/proto/todo/policy/v1/method_policy";

export { serviceOwner, services } from "./services.ts";
export { Idempotency, RateClass };

/** Who may call a method and how, as its contract says. */
export interface MethodRule {
  method: DescMethod;
  /** Whether the contract has a rule for the method. If not, it is closed to all. */
  declared: boolean;
  callers: string[];
  issuers: string[];
  exposed: boolean;
  scope: string;
  rateClass: RateClass;
  idempotency: Idempotency;
  /** The field that says whether a call costs more than `rateClass`; `undefined`: they all cost the same. */
  cost: { field: DescField; cheapPrefix: string } | undefined;
}

const rules = new WeakMap<DescMethod, MethodRule>();

/** The rule of a method, read from its option `todo.policy.v1.method`. */
export function methodRule(method: DescMethod): MethodRule {
  let rule = rules.get(method);
  if (rule === undefined) {
    rule = readRule(method);
    rules.set(method, rule);
  }
  return rule;
}

function readRule(method: DescMethod): MethodRule {
  const declared = hasOption(method, methodOption);
  const { costField, cheapPrefix, ...policy } = getOption(method, methodOption);
  const { callers, issuers, exposed, scope, rateClass, idempotency } = policy;
  const field = method.input.fields.find(({ name }) => name === costField);
  const cost = field && { field, cheapPrefix };
  return { method, declared, callers, issuers, exposed, scope, rateClass, idempotency, cost };
}
