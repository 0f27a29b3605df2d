import { randomUUID } from "node:crypto";
import {
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import { type Task, TaskStatus } from "@todo/proto/todo/task/v1/task";
import { ListTasksRequest_Order as Order, TaskService } from "@todo/proto/todo/task/v1/task_service";
import type { PlainCaller } from "#src/create/plain-caller.ts";
import { createRequest } from "#src/create/request.ts";
import { type Operation, pageSize, type Shown, type Side, type Subject } from "./side.ts";

const { createTask, getTask, listTasks, updateTask, completeTask } = TaskService.method;

/** The task service, called directly. */
export function serviceSide({ caller, ...o }: Pick<Side, "stock" | "cpuMs"> & { caller: PlainCaller }): Side {
  const asked = async <I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    place: number,
    request: MessageInitShape<I>,
  ) => {
    const answer = await caller.call(method, place, request);
    return () => fromBinary(method.output, answer);
  };
  const one = async (answer: Promise<() => { task?: Task | undefined }>) => {
    const read = await answer;
    return () => [read().task].filter((task) => task !== undefined).map(shown);
  };
  const ask = async (operation: Operation, place: number, { id, title }: Subject) => {
    const requestId = randomUUID();
    if (operation === "create") return one(asked(createTask, place, createRequest()));
    if (operation === "get") return one(asked(getTask, place, { id }));
    if (operation === "complete") return one(asked(completeTask, place, { id, requestId }));
    if (operation === "update") {
      return one(asked(updateTask, place, { id, title, updateMask: { paths: ["title"] }, requestId }));
    }
    const filter = { statuses: [TaskStatus.OPEN] };
    const page = await asked(listTasks, place, { filter, order: Order.DUE, pageSize });
    return () => page().tasks.map(shown);
  };
  return { name: "the task service, called directly", ask, ...o };
}

function shown({ id, title, description, priority, tags, due, status, completeTime }: Task): Shown {
  const day = due?.kind.case === "allDay" ? due.kind.value : undefined;
  const completed = completeTime !== undefined;
  return { id, title, description, priority, tags, due: day, status, completed };
}
