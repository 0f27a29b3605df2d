import type { Derived } from "#src/domain/derived.ts";
import { Status, type Task, type TaskFields } from "#src/domain/task.ts";
import { commandTooLarge } from "#src/errors.ts";
import type { Changed } from "#src/outcome.ts";
import type { Relatives } from "#src/queries/relatives.ts";
import { maxChanges } from "#src/undo-token.ts";

type Part = Pick<TaskFields, "subtaskOf" | "status" | "deleteTime">;

/** How many parts a task gained, and how many done ones. Less than 0: it lost them. */
interface Gain {
  parts: number;
  done: number;
}

/** The tasks that a command changes or concerns, as they are to be. */
export class Family {
  readonly now: Date;
  readonly #tasks: ReadonlyMap<string, Task>;
  readonly #parts: ReadonlyMap<string | null, readonly Task[]>;
  /** What is open of all that any of them waits for, before the command. */
  readonly #open: ReadonlySet<string>;
  readonly #changes = new Map<string, Changed>();
  readonly #gains = new Map<string, Gain>();

  constructor(changes: readonly Changed[], { tasks, open }: Relatives, now: Date) {
    this.now = now;
    this.#open = open;
    const all = [...changes.map(({ task }) => task), ...tasks];
    this.#tasks = new Map(all.map((task) => [task.id, task]));
    this.#parts = Map.groupBy(all, ({ subtaskOf }) => subtaskOf);
    for (const changed of changes) this.add(changed);
  }

  /** The changes in the order in which they happen. Those that are added on the way follow. */
  changes(): Iterable<Changed> {
    return this.#changes.values();
  }

  get size(): number {
    return this.#changes.size;
  }

  isChanged(task: Task): boolean {
    return this.#changes.has(task.id);
  }

  partsOf(task: Task): readonly Task[] {
    return this.#parts.get(task.id) ?? [];
  }

  wholeOf({ subtaskOf }: Task): Task | undefined {
    return subtaskOf === null ? undefined : this.#tasks.get(subtaskOf);
  }

  /** Throws COMMAND_TOO_LARGE. */
  add(changed: Changed): void {
    const { task, change } = changed;
    if (this.size === maxChanges) throw commandTooLarge(maxChanges);
    this.#changes.set(task.id, changed);
    const { subtaskOf, status, deleteTime } = task;
    if (change.kind !== "created") this.#count({ subtaskOf, status, deleteTime, ...change.before }, -1);
    this.#count(task, 1);
  }

  /** What a task waits for. */
  blockersOf({ dependsOn }: Task): string[] {
    return dependsOn.filter((id) => this.#tasks.get(id)?.isOpen ?? this.#open.has(id));
  }

  derivedOf(task: Task): Derived {
    const { parts, done } = this.#gains.get(task.id) ?? { parts: 0, done: 0 };
    return {
      blocked: this.blockersOf(task).length > 0,
      subtaskCount: task.subtaskCount + parts,
      completedSubtaskCount: task.completedSubtaskCount + done,
    };
  }

  /** All changes, with what follows for the tasks that they concern. */
  settled(): Changed[] {
    const grown = this.#grown();
    for (const task of this.#tasks.values()) {
      const derived = { ...this.derivedOf(task), grown: grown.has(task) };
      const change = task.follow(derived, this.#changes.get(task.id)?.change, this.now);
      if (change === undefined) continue;
      if (!this.isChanged(task) && this.size === maxChanges) throw commandTooLarge(maxChanges);
      this.#changes.set(task.id, { ...this.#changes.get(task.id), task, change });
    }
    return [...this.#changes.values()];
  }

  /** The tasks under which one came that goes along with them from now on, however deep. */
  #grown(): ReadonlySet<Task> {
    const grown = new Set<Task>();
    for (const changed of this.changes()) {
      if (!joins(changed)) continue;
      let whole = this.wholeOf(changed.task);
      while (whole !== undefined && !grown.has(whole)) {
        if (whole.deleteTime === null) grown.add(whole);
        whole = this.wholeOf(whole);
      }
    }
    return grown;
  }

  #count({ subtaskOf, status, deleteTime }: Part, by: 1 | -1): void {
    if (subtaskOf === null || deleteTime !== null) return;
    const gain = this.#gains.get(subtaskOf) ?? { parts: 0, done: 0 };
    const done = status === Status.open ? gain.done : gain.done + by;
    this.#gains.set(subtaskOf, { parts: gain.parts + by, done });
  }
}

/** Whether a task came under another one, or is to be done again there. */
function joins({ task, change: { kind, before } }: Changed): boolean {
  if (task.subtaskOf === null || task.deleteTime !== null) return false;
  const was = { subtaskOf: task.subtaskOf, status: task.status, deleteTime: task.deleteTime, ...before };
  const isBack = was.deleteTime !== null || (task.status === Status.open && was.status !== Status.open);
  return kind === "created" || isBack || was.subtaskOf !== task.subtaskOf;
}
