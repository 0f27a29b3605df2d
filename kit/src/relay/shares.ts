import type { OutboxRow } from "./rows.ts";

/** How many rows of one user go out within one window, and how long a window is. */
export interface ShareLimits {
  readonly rows: number;
  readonly windowMs: number;
}

/**
 * The consumers take a partition's records one after the other, some hundreds in a second, so what one user sent at once
 * is what all others of the partition wait behind. This is about what they take of it in half a second: of a task's
 * change half of the rows, since nobody reads its state.
 */
export const shareLimits: ShareLimits = { rows: 200, windowMs: 500 };

interface Window {
  rows: number;
  readonly endsAt: number;
}

/**
 * Whose turn it is. A user of whom many rows wait gets a share of each window, the oldest first, and is left out until it
 * ends; meanwhile the rows of others are found behind them. Rows of nobody in particular are never held back.
 */
export class Shares {
  readonly #limits: ShareLimits;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();

  constructor(limits: ShareLimits = shareLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** The users who have had their share. */
  leaveOut(): string[] {
    this.#forgetEnded();
    return [...this.#windows].filter(([, { rows }]) => rows >= this.#limits.rows).map(([user]) => user);
  }

  /**
   * Of the rows that were found, those that may go now. Of each user the first of them stay, so that the order of a
   * stream survives.
   */
  within(found: readonly OutboxRow[]): OutboxRow[] {
    const counts = new Map([...this.#windows].map(([user, { rows }]) => [user, rows]));
    return found.filter((row) => {
      const user = userOf(row);
      if (user === undefined) return true;
      const rows = counts.get(user) ?? 0;
      counts.set(user, rows + 1);
      return rows < this.#limits.rows;
    });
  }

  /** Counts what went. */
  count(gone: readonly OutboxRow[]): void {
    const endsAt = this.#now() + this.#limits.windowMs;
    for (const row of gone) {
      const user = userOf(row);
      if (user === undefined) continue;
      const window = this.#windows.get(user) ?? { rows: 0, endsAt };
      window.rows += 1;
      this.#windows.set(user, window);
    }
  }

  /** Gives everybody a new share: for a backlog that had better go at once, when nobody else's rows are behind it. */
  begin(): void {
    this.#windows.clear();
  }

  /** How long it is until somebody who was left out gets a share again. */
  msToNext(): number {
    const full = [...this.#windows.values()].filter(({ rows }) => rows >= this.#limits.rows);
    return Math.max(0, Math.min(...full.map(({ endsAt }) => endsAt)) - this.#now());
  }

  #forgetEnded(): void {
    const now = this.#now();
    for (const [user, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(user);
  }
}

/** Events that a trigger recorded do not name their user here: they are single acts. */
function userOf({ headers }: OutboxRow): string | undefined {
  return headers["ce_userid"] || undefined;
}
