import { isDeepStrictEqual } from "node:util";
import { type Operation, operations, pageSize, type Shown, type Side } from "./side.ts";

/** Throws unless every operation does and shows the same on all sides, for the user of a place. */
export async function requireSameEffect(sides: readonly Side[], place: number): Promise<void> {
  const [first, ...others] = await Promise.all(sides.map((side) => effects(side, place)));
  for (const [index, seen] of others.entries()) {
    for (const operation of operations) {
      if (isDeepStrictEqual(seen[operation], first?.[operation])) continue;
      const [one, other] = [sides[0]?.name, sides[index + 1]?.name];
      throw new Error(`${operation} has not the same effect on both sides: ${one}, and ${other}`);
    }
  }
}

type Effects = Record<Operation, Omit<Shown, "id">[]>;

async function effects({ ask, stock }: Side, place: number): Promise<Effects> {
  const seen = async (operation: Operation, id = "", title = "") =>
    (await ask(operation, place, { id, title }))();
  const create = await seen("create");
  const id = create[0]?.id ?? "";
  await stock.copy(id, pageSize + 10);
  const update = await seen("update", id, "Send them");
  const complete = await seen("complete", id);
  // The completed one has to be left out of the list, and is shown by itself.
  const [list, get] = [await seen("list"), await seen("get", id)];
  if (list.length !== pageSize) throw new Error(`${list.length} tasks in a list of ${pageSize}`);
  const named = { create, update, complete, list, get };
  return Object.fromEntries(
    Object.entries(named).map(([name, tasks]) => [name, tasks.map(({ id: _, ...rest }) => rest)]),
  ) as Effects;
}
