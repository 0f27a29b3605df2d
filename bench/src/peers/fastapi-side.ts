import { createRequest } from "#src/create/request.ts";
import type { JsonCaller } from "#src/load/json-caller.ts";
import { type Operation, pageSize, type Shown, type Side, type Subject } from "./side.ts";

/** A task as the app in bench/peers/fastapi shows it. */
type Task = Omit<Shown, "due" | "completed"> & { due: string | null; complete_time: string | null };

interface Request {
  method: string;
  path: string;
  body?: string;
}

/** The app in bench/peers/fastapi, each place in the name of a user of its own. */
export function fastapiSide(
  o: Pick<Side, "stock" | "cpuMs"> & { caller: JsonCaller; userIds: readonly string[] },
): Side {
  return {
    name: "FastAPI + SQLModel",
    async ask(operation, place, subject) {
      const headers = { "x-user-id": o.userIds[place % o.userIds.length] ?? "" };
      const answer = await o.caller.ask({ ...requestOf(operation, subject), headers });
      return () => tasksOf(JSON.parse(answer) as Task | { tasks: Task[] });
    },
    stock: o.stock,
    cpuMs: o.cpuMs,
  };
}

function requestOf(operation: Operation, { id, title }: Subject): Request {
  switch (operation) {
    case "create":
      return { method: "POST", path: "/tasks", body: newTask() };
    case "get":
      return { method: "GET", path: `/tasks/${id}` };
    case "list":
      return { method: "GET", path: `/tasks?status=1&limit=${pageSize}` };
    case "update":
      return { method: "PATCH", path: `/tasks/${id}`, body: JSON.stringify({ title }) };
    case "complete":
      return { method: "POST", path: `/tasks/${id}/complete` };
  }
}

function newTask(): string {
  const { title, description, priority, tags, due } = createRequest();
  return JSON.stringify({ title, description, priority, tags, due: due?.kind.value });
}

function tasksOf(answer: Task | { tasks: Task[] }): Shown[] {
  const tasks = "tasks" in answer ? answer.tasks : [answer];
  return tasks.map(({ id, title, description, priority, tags, due, status, complete_time: time }) => {
    const named = { id, title, description, priority, tags, status };
    return { ...named, due: due ?? undefined, completed: time !== null };
  });
}
