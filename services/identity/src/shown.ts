/** What a refusal tells. */
const refusalFields = ["code", "message"];

/** The answer of the provider with no other fields than those that may go out. Without a list it goes out as it is. */
export async function shown(response: Response, fields: readonly string[] | undefined): Promise<Response> {
  if (fields === undefined || response.body === null) return response;
  const { status, statusText, headers } = response;
  const text = await response.text();
  const body =
    text === "" ? text : JSON.stringify(only(JSON.parse(text), response.ok ? fields : refusalFields));
  return new Response(body, { status, statusText, headers });
}

/** Fields of an object, and `a.b` for field b of the object a. Anything but an object is null, as where there is nothing. */
function only(value: unknown, fields: readonly string[]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => {
      const inner = fields
        .filter((field) => field.startsWith(`${name}.`))
        .map((f) => f.slice(name.length + 1));
      if (inner.length > 0) return [[name, only(one, inner)]];
      return fields.includes(name) && (typeof one !== "object" || one === null) ? [[name, one]] : [];
    }),
  );
}
