import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
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
  const { callers, issuers, exposed, scope, rateClass, idempotency } = getOption(method, methodOption);
  return { method, declared, callers, issuers, exposed, scope, rateClass, idempotency };
}
