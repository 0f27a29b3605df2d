import type { Database } from "#src/database.ts";
import { endsRest, isOccurrence, type OccurrenceTask, rests, turnOf } from "#src/domain/occurrence.ts";
import { Inheritable, type Series, SeriesState } from "#src/domain/series.ts";
import type { Task } from "#src/domain/task.ts";
import type { Changed } from "#src/outcome.ts";
import { readParts } from "#src/queries/parts.ts";
import { readOccurrences, readSeries } from "#src/queries/series.ts";
import { maxChanges } from "#src/undo-token.ts";
import type { FactKind, SeriesChange, SeriesFact } from "./fact.ts";
import { handedOver } from "./hand-over.ts";
import { goneForGood } from "./meet.ts";
import { seriesMessage } from "./messages.ts";
import { isAtRest } from "./rest.ts";
import { isWithdrawable, type Successor, withdrawn } from "./withdraw.ts";

/** What a command comes to for series. */
export interface SeriesOutcome {
  series: readonly Series[];
  facts: readonly SeriesFact[];
}

/** A change of an occurrence that matters to its series. */
interface Turned {
  task: OccurrenceTask;
  kind: FactKind;
  changed: Changed;
}

/** Follows up in series what a command does to tasks. Costs nothing where no task repeats. */
export class SeriesBook {
  readonly #database: Database;
  readonly #userId: string;
  readonly #now: Date;
  readonly #known = new Map<string, Series>();
  readonly #facts: SeriesFact[] = [];

  constructor(database: Database, { userId, now }: { userId: string; now: Date }) {
    this.#database = database;
    this.#userId = userId;
    this.#now = now;
  }

  /**
   * What goes with occurrences that are to be done again: the one made after each goes into the trash with its parts,
   * unless somebody changed it since.
   */
  async withdrawals(changes: readonly Changed[]): Promise<Changed[]> {
    const opened = this.#turned(changes).filter(({ kind }) => kind === "opened");
    await this.#load(opened);
    const successors: Successor[] = [];
    for (const { task, changed } of opened) {
      if (changed.change.kind === "created") continue;
      const successor = await this.#successor(task, changes);
      if (successor !== undefined) successors.push(successor);
      this.#revived(task, changed);
    }
    return withdrawn(successors, this.#now);
  }

  /** What repeats by itself of occurrences that are left out, or deleted, where the next one is there already. */
  async handovers(changes: readonly Changed[]): Promise<Changed[]> {
    const left = changes.flatMap(({ task, change }) =>
      isOccurrence(task) && leaves(task, change) ? [{ task }] : [],
    );
    await this.#load(left);
    const handed: Changed[] = [];
    for (const { task } of left) {
      const series = this.#of(task);
      if (series.isLatest(task) || !series.inherits(Inheritable.subtasks)) continue;
      const found = await this.#occurrence(series.id, series.recurrenceId, changes);
      const latest = series.state === SeriesState.active && found?.deleteTime === null ? found : undefined;
      const around = { latest, changes: [...changes, ...handed], now: this.#now };
      handed.push(...(await handedOver(this.#database, task, around)));
    }
    return handed;
  }

  /** What all changes of a command come to. Those of settings come first. */
  async settle(changes: readonly Changed[], own: readonly SeriesChange[] = []): Promise<SeriesOutcome> {
    for (const { series } of own) {
      this.#known.set(series.id, series);
      const latest = changes.map(({ task }) => task).find((task) => isLatestOf(series, task));
      if (latest !== undefined) series.reckonedAs(latest);
    }
    const turned = this.#turned(changes);
    const woken = changes.filter(({ task, change }) => isOccurrence(task) && endsRest(task, change));
    await this.#load([...turned, ...woken]);
    for (const change of own) await this.#say(change, changes);
    const back = new Map<Series, OccurrenceTask>();
    for (const each of turned) await this.#goBack(each, changes, back);
    const gone = new Set<Task>(back.values());
    const told = new Set<Series>();
    for (const each of turned) if (!gone.has(each.task)) this.#follow(each, told);
    for (const [series, task] of back) {
      if (told.has(series)) continue;
      series.stirred(this.#now);
      this.#tell("changed", series, { task, at: task });
    }
    for (const each of woken) await this.#wake(each, changes);
    return { series: [...this.#known.values()], facts: this.#facts };
  }

  #turned(changes: readonly Changed[]): Turned[] {
    return changes.flatMap((changed) => {
      const { task, change } = changed;
      const kind = isOccurrence(task) ? turnOf(task, change) : undefined;
      return kind === undefined ? [] : [{ task: task as OccurrenceTask, kind, changed }];
    });
  }

  async #load(turned: readonly Pick<Changed, "task">[]): Promise<void> {
    const named = turned.flatMap(({ task }) => task.seriesId ?? []);
    const ids = new Set(named.filter((id) => !this.#known.has(id)));
    if (ids.size === 0) return;
    for (const series of await readSeries(this.#database, this.#userId, [...ids]))
      this.#known.set(series.id, series);
  }

  #of({ seriesId }: Task): Series {
    const series = this.#known.get(seriesId ?? "");
    if (series === undefined) throw new Error("a task belongs to a series that is not there");
    return series;
  }

  async #occurrence(
    seriesId: string,
    recurrenceId: string,
    changes: readonly Changed[],
  ): Promise<OccurrenceTask | undefined> {
    const found = changes
      .map(({ task }) => task)
      .filter(isOccurrence)
      .find((task) => task.seriesId === seriesId && task.recurrenceId === recurrenceId);
    if (found !== undefined) return found;
    const named = { seriesId, recurrenceIds: [recurrenceId] };
    return (await readOccurrences(this.#database, this.#userId, named)).get(recurrenceId);
  }

  /** The one that was made because a task was done, if it is the latest and as it was made. */
  async #successor(task: OccurrenceTask, changes: readonly Changed[]): Promise<Successor | undefined> {
    const series = this.#of(task);
    if (!series.goesByCompletion || series.isLatest(task)) return undefined;
    const latest = await this.#occurrence(series.id, series.recurrenceId, changes);
    if (latest?.occurrence.follows !== task.recurrenceId) return undefined;
    const parts = await readParts(this.#database, this.#userId, { taskId: latest.id, limit: maxChanges });
    const successor = { former: task, latest, parts };
    return isWithdrawable(successor, changes) ? successor : undefined;
  }

  /** A series that had come to its end goes on with its last occurrence. */
  #revived(task: OccurrenceTask, changed: Changed): void {
    const series = this.#of(task);
    const goesOn = series.isLatest(task) && series.goesByCompletion && series.state !== SeriesState.ended;
    if (goesOn && !task.isRecurring) changed.change = task.amend(changed.change, { isRecurring: true });
  }

  /** An occurrence that goes into the trash while the one before it is open was not due yet: it may come again. */
  async #goBack({ task, kind }: Turned, changes: readonly Changed[], back: Map<Series, OccurrenceTask>) {
    const series = this.#of(task);
    const { follows } = task.occurrence;
    const latest = series.isLatest(task) && series.goesByCompletion && series.state !== SeriesState.ended;
    if (kind !== "skipped" || task.deleteTime === null || follows === null || !latest) return;
    const predecessor = await this.#occurrence(series.id, follows, changes);
    if (predecessor?.isOpen !== true) return;
    series.withdrawn(task, predecessor);
    back.set(series, task);
  }

  #follow({ task, kind, changed }: Turned, told: Set<Series>): void {
    const series = this.#of(task);
    if (series.state === SeriesState.ended) return;
    const [now, { reason = "" }] = [this.#now, changed];
    const created = kind === "opened" && task.occurrence.ordinal > series.ordinal;
    if (created) series.advanced(task, now);
    else if (kind === "opened") series.reopened(task, now);
    else if (kind === "completed") series.completed(task, now);
    else series.leftOut(task, reason, now);
    told.add(series);
    this.#tell(created ? "created" : kind, series, { task, at: task, reason });
  }

  /** A change of settings takes what was computed before for void: what is done has to be told again. */
  async #say({ series, kind, at }: SeriesChange, changes: readonly Changed[]): Promise<void> {
    this.#tell(kind, series, { task: at, at });
    const goesOn = series.state === SeriesState.active && kind === "changed";
    if (!goesOn || series.basisVersion < series.version) return;
    const latest = await this.#occurrence(series.id, series.recurrenceId, changes);
    const turns = this.#turned(changes).some(({ task }) => task.id === latest?.id);
    if (latest?.isOpen || turns || (latest && (await isAtRest(this.#database, latest, changes)))) return;
    series.stirred(this.#now);
    const done = latest?.completeTime ? "completed" : "skipped";
    this.#tell(done, series, { task: latest ?? goneForGood(series, this.#now), at });
  }

  /** A series goes on when its latest occurrence rests no more, and ends with it. */
  async #wake({ task, change }: Changed, changes: readonly Changed[]): Promise<void> {
    const series = this.#of(task);
    if (series.state !== SeriesState.active || series.recurrenceId !== task.recurrenceId) return;
    if (change.kind === "purged") {
      if (!(await isAtRest(this.#database, task, changes))) return;
      series.set({ state: SeriesState.ended }, this.#now);
      return this.#tell("ended", series, { task, at: task });
    }
    if (series.goesByCompletion && task.isOpen) return;
    series.stirred(this.#now);
    await this.#say({ series, kind: "changed", at: task }, changes);
  }

  #tell(kind: FactKind, series: Series, o: { task: Task; at: Task; reason?: string }): void {
    this.#facts.push({ reason: "", ...o, kind, series: seriesMessage(series) });
  }
}

function leaves(task: OccurrenceTask, change: Changed["change"]): boolean {
  return (change.kind === "deleted" && !rests(task)) || turnOf(task, change) === "skipped";
}

function isLatestOf(series: Series, task: Task): task is OccurrenceTask {
  return isOccurrence(task) && task.seriesId === series.id && series.isLatest(task);
}
