import type { Call } from "#src/load/closed-loop.ts";
import type { Contender, Rounds } from "#src/load/rounds.ts";
import type { Operation, Side, Subject } from "./side.ts";

/** The tasks of the user of one place. */
interface Own {
  /** For everything that leaves a task open. */
  tasks: readonly string[];
  /** To be completed, one after the other. */
  open: readonly string[];
}

/** Gives each user the same tasks on every side; answers with the contenders of an operation. */
export async function contendersOf(
  sides: readonly Side[],
  { plan, tasksPerUser }: { plan: Rounds; tasksPerUser: number },
): Promise<(operation: Operation) => Contender[]> {
  const places = plan.load.inFlight;
  // No turn completes more than this, since a place makes about as many calls as any other.
  const open = Math.ceil((2 * plan.load.maxCalls) / places);
  const ready: { side: Side; owns: Own[] }[] = [];
  for (const side of sides) {
    const owns: Own[] = [];
    for (let place = 0; place < places; place++) owns.push(await fill(side, place, { tasksPerUser, open }));
    await side.stock.reopen();
    ready.push({ side, owns });
  }
  return (operation) => ready.map(({ side, owns }) => contender(side, owns, operation));
}

async function fill(side: Side, place: number, o: { tasksPerUser: number; open: number }): Promise<Own> {
  const made = (await side.ask("create", place, { id: "", title: "" }))();
  const first = made[0]?.id ?? "";
  const tasks = [first, ...(await side.stock.copy(first, o.tasksPerUser - 1))];
  return { tasks, open: await side.stock.copy(first, o.open) };
}

function contender(side: Side, owns: readonly Own[], operation: Operation): Contender {
  // It goes on from turn to turn, so that an update never finds the title that it brings.
  let done = owns.map(() => 0);
  const call: Call = async (place) => {
    const count = done[place] ?? 0;
    done[place] = count + 1;
    await side.ask(operation, place, subjectOf(owns[place], operation, count));
  };
  const settle = async () => {
    await side.stock.reopen();
    if (operation === "complete") done = owns.map(() => 0);
  };
  return { name: side.name, call, settle };
}

function subjectOf(own: Own | undefined, operation: Operation, count: number): Subject {
  if (own === undefined) throw new Error("there is no such place");
  const title = `Send the figures, ${count}`;
  if (operation !== "complete") return { id: own.tasks[count % own.tasks.length] ?? "", title };
  const id = own.open[count];
  if (id === undefined) throw new Error("a place has completed all of its tasks");
  return { id, title };
}
