/** Thrown where a text is understood and cannot be a rule. The message says why, and what to write instead. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

export function refuse(reason: string, ...instead: readonly string[]): never {
  const proposals = instead.map((text) => `"${text}"`).join(" or ");
  throw new Refusal(proposals === "" ? reason : `${reason}; write ${proposals}`);
}
