import { DomainError } from "@todo/kit/errors";
import { describe, expect, it } from "vitest";
import { checkQuery } from "./query.ts";

const check = (requestMethod: string, query: string) =>
  checkQuery({ requestMethod, url: `http://todo.test/todo.task.v1.TaskService/GetTask${query}` });

describe("the query of a call", () => {
  it.each([
    ["GET", "?connect=v1&encoding=json&message=%7B%22id%22%3A%22%C3%A4+b%22%7D"],
    ["GET", "?encoding=proto&base64=1&message=CgFh"],
    ["GET", "?encoding=proto&base64=1&message=CgFh=="],
    ["GET", "?encoding=json&compression=gzip&base64=1&message="],
    ["POST", ""],
    ["POST", "?"],
  ])("%s %s is taken", (method, query) => {
    expect(() => check(method, query)).not.toThrow();
  });

  it.each([
    ["GET", "?encoding=json&mesage={}", "mesage is no parameter of a GET: did you mean message?"],
    ["GET", "?encoding=json&message={}&page_size=secret", "page_size is no parameter of a GET"],
    ["GET", "?encoding=json&message={}&message={}", "message is given twice in the query"],
    ["GET", "?encoding=json&mess%61ge={}&message={}", "message is given twice in the query"],
    ["GET", "?encoding=json&message=%ff", "the query is no UTF-8 in percent-encoding"],
    ["GET", "?encoding=json&message=%ed%a0%80", "the query is no UTF-8 in percent-encoding"],
    ["GET", "?encoding=json&message=%zz", "the query is no UTF-8 in percent-encoding"],
    ["GET", "?encoding=proto&base64=true&message=CgFh", "base64 must be 1, or left out"],
    ["GET", "?encoding=proto&base64=1&message=%%%", "the query is no UTF-8 in percent-encoding"],
    ["GET", "?encoding=proto&base64=1&message=a", "request cannot be decoded: no base64"],
    ["GET", "?connect=v2&encoding=json&message={}", "connect must be v1"],
    ["POST", "?dry_run=true", "the query must be empty: the request stands in the body"],
  ])("%s %s is refused", (method, query, text) => {
    let thrown: unknown;
    try {
      check(method, query);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(DomainError);
    expect((thrown as DomainError).message).toBe(text);
  });
});
