import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { reasonOf } from "@todo/kit/errors";
import { headerOf, type Incoming, type Outgoing, send } from "#src/http.ts";

/** Answers with an error as Connect's unary protocol has it, which is plain JSON to everybody else. */
export function sendError(
  request: Incoming,
  response: Outgoing,
  error: ConnectError,
  status: number = codeToHttpStatus(error.code),
): void {
  error.metadata.forEach((value, name) => {
    response.setHeader(name, value);
  });
  send(request, response, status, "application/json", errorToJsonBytes(error, undefined));
}

/** The status of an error where no RPC was meant, which is less bound by protocols. */
export function pageStatusOf(error: ConnectError): number {
  const reason = reasonOf(error);
  if (reason === "REQUEST_TOO_LARGE") return 413;
  return reason === "METHOD_UNKNOWN" ? 404 : codeToHttpStatus(error.code);
}

/** Answers a call that reached no method, in the protocol it was made in. */
export function sendWithoutMethod(
  request: Incoming,
  response: Outgoing,
  error: ConnectError,
  status: number,
): void {
  const contentType = headerOf(request, "content-type") ?? "";
  if (!contentType.startsWith("application/grpc")) {
    sendError(request, response, error, status);
    return;
  }
  response.statusCode = 200;
  response.setHeader("content-type", contentType);
  setTrailerStatus(new Headers(), error).forEach((value, name) => {
    response.setHeader(name, value);
  });
  response.end();
}

/** Whether a request was meant as an RPC: by its path, `/package.Service/Method`, or by its content type. */
export function looksLikeRpc(request: Incoming, path: string): boolean {
  const contentType = headerOf(request, "content-type") ?? "";
  return /^\/[A-Za-z_][\w]*(\.[\w]+)+\/\w+$/.test(path) || /^application\/(grpc|connect\+)/.test(contentType);
}
