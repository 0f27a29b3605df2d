import type { Call } from "#src/load/closed-loop.ts";
import { type Costed, costed } from "#src/load/processor-time.ts";
import type { Rounds } from "#src/load/rounds.ts";
import type { Operation, Side } from "./side.ts";

/** The ids that each place asks for, one after the other. */
type Ids = readonly (readonly string[])[];

/** Gives each user the same tasks on every side; answers with the contenders of an operation. */
export async function contendersOf(
  sides: readonly Side[],
  { plan, tasksPerUser }: { plan: Rounds; tasksPerUser: number },
): Promise<(operation: Operation) => Promise<Costed[]>> {
  const { inFlight, maxCalls } = plan.load;
  const ready: { side: Side; ids: Ids }[] = [];
  for (const side of sides) {
    const ids: string[][] = [];
    for (let place = 0; place < inFlight; place++) ids.push(await fill(side, place, tasksPerUser));
    await side.stock.reopen();
    ready.push({ side, ids });
  }
  // No turn completes more than this, since a place makes about as many calls as any other.
  const completed = Math.ceil((2 * maxCalls) / inFlight);
  return async (operation) => {
    if (operation !== "complete") return ready.map(({ side, ids }) => contender(side, ids, operation));
    return Promise.all(ready.map(async ({ side, ids }) => completer(side, await more(side, ids, completed))));
  };
}

async function fill(side: Side, place: number, count: number): Promise<string[]> {
  const [made] = (await side.ask("create", place, { id: "", title: "" }))();
  const id = made?.id ?? "";
  return [id, ...(await side.stock.copy(id, count - 1))];
}

/** Copies of each place's first task. */
async function more({ stock }: Side, ids: Ids, count: number): Promise<Ids> {
  const copies = await Promise.all(ids.map(([first = ""]) => stock.copy(first, count)));
  await stock.reopen();
  return copies;
}

function contender(side: Side, ids: Ids, operation: Operation): Costed {
  // The count goes on from turn to turn, so that an update never finds the title that it brings.
  const counts = ids.map(() => 0);
  const call: Call = async (place) => {
    const own = ids[place] ?? [];
    const count = nextOf(counts, place);
    const subject = { id: own[count % own.length] ?? "", title: `Send the figures, ${count}` };
    await side.ask(operation, place, subject);
  };
  return costed({ name: side.name, call, settle: side.stock.reopen }, side.cpuMs);
}

/** Completes another task with each call; between the turns they are opened again. */
function completer(side: Side, ids: Ids): Costed {
  const counts = ids.map(() => 0);
  const call: Call = async (place) => {
    const id = ids[place]?.[nextOf(counts, place)];
    if (id === undefined) throw new Error("a place has completed all of its tasks");
    await side.ask("complete", place, { id, title: "" });
  };
  const settle = async () => {
    await side.stock.reopen();
    counts.fill(0);
  };
  return costed({ name: side.name, call, settle }, side.cpuMs);
}

function nextOf(counts: number[], place: number): number {
  const count = counts[place] ?? 0;
  counts[place] = count + 1;
  return count;
}
