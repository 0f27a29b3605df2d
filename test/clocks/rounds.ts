/** Counts how often something came round, by what was seen of it. */
export class Rounds {
  readonly #last = new Map<string, string>();
  readonly #changes = new Map<string, number>();

  see(looks: ReadonlyMap<string, string>): void {
    for (const [place, state] of looks) {
      const before = this.#last.get(place);
      this.#last.set(place, state);
      const changed = before !== undefined && before !== state ? 1 : 0;
      this.#changes.set(place, (this.#changes.get(place) ?? 0) + changed);
    }
  }

  /** How often it came round at the place where it did least often. */
  get least(): number {
    return this.#changes.size === 0 ? 0 : Math.min(...this.#changes.values());
  }
}
