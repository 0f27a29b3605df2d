import { type DescMethod, fromJson } from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { BadRequestSchema } from "@todo/proto/google/rpc/error_details";
import { marker, type Row } from "./matrix.ts";

/** What a row was answered. */
export interface Answer {
  code: string;
  reason: string;
  violations: readonly { field: string; description: string }[];
  /** All of it, as it came. */
  text: string;
}

/** Sends a row as JSON over POST. */
export async function sendJson(url: string, token: string, row: Row): Promise<Answer> {
  const text = Buffer.from(JSON.stringify(row.request));
  const body = row.kind === "no UTF-8" ? withBrokenBytes(text) : text;
  const response = await fetch(`${url}/${row.method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: new Uint8Array(body),
  });
  return read(response.status, await response.text());
}

interface ErrorBody {
  code?: string;
  details?: { type: string; debug?: { reason?: string; fieldViolations?: Answer["violations"] } }[];
}

function read(status: number, text: string): Answer {
  const { code = "", details = [] } = JSON.parse(text) as ErrorBody;
  const debug = (type: string) => details.find((each) => each.type === type)?.debug;
  return {
    code: status === 400 ? code : `${status} ${code}`,
    reason: debug("google.rpc.ErrorInfo")?.reason ?? "",
    violations: debug("google.rpc.BadRequest")?.fieldViolations ?? [],
    text,
  };
}

/** Sends a row as Protobuf. */
export async function sendBinary(transport: Transport, method: DescMethod, row: Row): Promise<Answer> {
  const message = fromJson(method.input, row.request);
  const call = transport.unary(method as never, undefined, 30_000, undefined, message as never);
  const error = await call.then(() => new ConnectError("it was taken"), ConnectError.from);
  const violations = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  return {
    code: error.code === 3 ? "invalid_argument" : String(error.code),
    reason: reasonOf(error) ?? "",
    violations: violations.map(({ field, description }) => ({ field, description })),
    text: JSON.stringify([error.rawMessage, violations.map(({ description }) => description)]),
  };
}

/** What is wrong with an answer; nothing if it says all that it has to, and nothing of the request. */
export function complaint(
  row: Row,
  answer: Answer,
  named: (text: string) => string = (text) => text,
): string[] {
  const path = named(row.path);
  const says = named(row.says);
  const found = answer.violations.some(
    ({ field, description }) =>
      field === path && description.startsWith(`${path} `) && description.includes(says),
  );
  const wrongs = [
    answer.code === "invalid_argument" ? "" : `code ${answer.code}`,
    found ? "" : `no "${path} ${says}" in ${JSON.stringify(answer.violations.slice(0, 3))}`,
    answer.text.includes(marker) ? "repeats the request" : "",
    /\^\[|regex|CEL|is not as it must be/.test(answer.text) ? "speaks of the machinery" : "",
  ].filter((wrong) => wrong !== "");
  return wrongs.map((wrong) => `${row.method} ${row.kind} ${row.path}: ${wrong}`);
}

function withBrokenBytes(text: Buffer): Buffer {
  const at = text.indexOf(Buffer.from("\ufffd"));
  return Buffer.concat([text.subarray(0, at), Buffer.from([0xff]), text.subarray(at + 3)]);
}
