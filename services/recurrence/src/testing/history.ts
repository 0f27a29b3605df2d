import type { Draw } from "@todo/rrule/testing/draw";

/** What task tells of a series on `task.recurring`, in its own order. */
export interface Tale {
  readonly kind: "changed" | "ended" | "exhausted" | Turn;
  readonly version: bigint;
  readonly state: "active" | "exhausted" | "ended";
  readonly rrule: string;
  /** Which occurrence was made last. */
  readonly place: string;
  /** Which occurrence it is about, and when that was done; for turns. */
  readonly about: string;
  readonly time: Date;
}

type Turn = "completed" | "skipped" | "reopened" | "created";

/** Everything that may happen to a series, in an order in which task lets it happen. */
export function drawHistory(draw: Draw): { tales: readonly Tale[]; done: Tale | undefined } {
  const model = new Model();
  const moves = model.moves(draw);
  for (let left = draw.number(3, 20); left > 0; ) if (draw.one(moves)()) left -= 1;
  return { tales: model.tales, done: model.latest.done };
}

interface Occurrence {
  id: string;
  /** What was told when it was done; not set: it is open. */
  done: Tale | undefined;
  /** Somebody changed it, so that it stays when the one before is to be done again. */
  touched: boolean;
}

class Model {
  readonly tales: Tale[] = [];
  readonly #made: Occurrence[] = [];
  readonly #renamed: { of: Occurrence; from: string }[] = [];
  #state: Tale["state"] = "active";
  #rrule = "FREQ=DAILY";

  constructor() {
    this.#make();
    this.#tell("changed");
  }

  get latest(): Occurrence {
    return this.#made.at(-1) as Occurrence;
  }

  /** Each says whether its time had come. */
  moves(draw: Draw): (() => boolean)[] {
    const how = () => draw.one(["completed", "skipped"] as const);
    const when = (may: boolean, act: () => void) => {
      if (may) act();
      return may;
    };
    const active = () => this.#state === "active";
    const isOpen = () => active() && this.latest.done === undefined;
    const isDone = () => active() && this.latest.done !== undefined;
    const former = (isDone: boolean) => {
      const found = active() ? this.#made.at(-2) : undefined;
      return found !== undefined && (found.done !== undefined) === isDone ? found : undefined;
    };
    const onFormer = (isDone: boolean, act: (one: Occurrence) => void) => {
      const found = former(isDone);
      return when(found !== undefined, () => found && act(found));
    };
    return [
      () => when(isOpen(), () => this.#end(this.latest, how())),
      () => when(isDone(), () => this.#follow()),
      () => when(isDone(), () => this.#stop("exhausted")),
      () => when(active(), () => this.#stop("ended")),
      () => when(this.#state === "ended", () => this.#change()),
      () => when(this.#state === "ended", () => this.#turnUntold(how())),
      () => when(isDone() || this.#state === "exhausted", () => this.#reopen(this.latest)),
      () => onFormer(true, (one) => this.#reopen(one)),
      () => onFormer(false, (one) => this.#end(one, how())),
      () => when(isOpen() && former(false) !== undefined, () => this.#removeLatest()),
      () => when(isOpen(), () => Object.assign(this.latest, { touched: true })),
      () => when(active(), () => this.#changeRule(draw.number(2, 9))),
      () => when(isOpen(), () => this.#rename()),
      () => when(active() && this.#renamed.at(-1)?.of === this.latest, () => this.#nameBack()),
    ];
  }

  #make(): void {
    const id = `2026-01-${10 + this.#made.length}T09:00:00`;
    this.#made.push({ id, done: undefined, touched: false });
  }

  #tell(kind: Tale["kind"], about = this.latest): Tale {
    const tale = this.#taleOf(kind, about);
    this.tales.push(tale);
    return tale;
  }

  #taleOf(kind: Tale["kind"], { id: about }: Occurrence): Tale {
    const [version, place] = [BigInt(this.tales.length + 1), this.latest.id];
    const time = new Date(Date.UTC(2026, 2, 1, 10, this.tales.length));
    return { kind, version, state: this.#state, rrule: this.#rrule, place, about, time };
  }

  #end(one: Occurrence, kind: "completed" | "skipped"): void {
    one.done = this.#tell(kind, one);
  }

  #follow(): void {
    this.#make();
    this.#tell("created");
  }

  #stop(state: "exhausted" | "ended"): void {
    this.#state = state;
    this.#tell(state);
  }

  /** Nothing is told of what happens to the occurrences of a series that the user ended. */
  #turnUntold(kind: "completed" | "skipped"): void {
    const { latest } = this;
    latest.done = latest.done === undefined ? this.#taleOf(kind, latest) : undefined;
  }

  /** The one made after it goes with its end, unless somebody touched that. */
  #reopen(one: Occurrence): void {
    one.done = undefined;
    this.#state = "active";
    if (one !== this.latest && !this.latest.touched && this.latest.done === undefined) this.#made.pop();
    this.#tell("reopened", one);
  }

  /** The one before it is open, so that it may come again. */
  #removeLatest(): void {
    this.#made.pop();
    this.#tell("changed");
  }

  /** What waits for the next one is told again. */
  #change(): void {
    this.#state = "active";
    this.#tell("changed");
    const { done } = this.latest;
    if (done !== undefined) this.latest.done = this.#tell(done.kind);
  }

  #changeRule(interval: number): void {
    this.#rrule = `FREQ=DAILY;INTERVAL=${interval}`;
    this.#change();
  }

  /** The rule has other times from now on, the latest occurrence the first of them. */
  #rename(): void {
    this.#renamed.push({ of: this.latest, from: this.latest.id });
    this.latest.id = `2027-01-01T09:00:${10 + this.#renamed.length}`;
    this.#change();
  }

  #nameBack(): void {
    const last = this.#renamed.pop();
    if (last !== undefined) last.of.id = last.from;
    this.#change();
  }
}
