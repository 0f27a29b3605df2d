import { domainError, ErrorReason } from "@todo/kit/errors";
import { pageToken, readPageToken } from "@todo/kit/page";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where a list goes on that is ordered by ids, as the pages of one method and one user. */
export interface Paging {
  /** The id behind which a page begins. Throws PAGE_TOKEN_INVALID for the token of another list. */
  after(token: string): string | undefined;
  /** Of one row more than fits: the rows of the page, and where the next one begins. */
  page<Row extends { id: string }>(
    rows: readonly Row[],
    size: number,
  ): { rows: Row[]; nextPageToken: string };
}

export function paging(method: string, userId: string): Paging {
  const boundTo = [method, userId];
  return {
    after(token) {
      if (token === "") return undefined;
      const [id] = readPageToken(token, boundTo);
      if (typeof id === "string" && uuid.test(id)) return id;
      throw domainError(ErrorReason.PAGE_TOKEN_INVALID, "page_token does not belong to this request");
    },
    page(rows, size) {
      const last = rows.length > size ? rows[size - 1] : undefined;
      return {
        rows: rows.slice(0, size),
        nextPageToken: last === undefined ? "" : pageToken(boundTo, [last.id]),
      };
    },
  };
}
