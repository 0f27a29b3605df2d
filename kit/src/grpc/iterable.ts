import { Code, ConnectError } from "@connectrpc/connect";
import { type Context, context } from "@opentelemetry/api";

/**
 * A stream whose steps run in a context, and which says once when it is over: with its error, if it had one. Who stops
 * reading before the end has cancelled.
 */
export function bindIterable<T>(
  messages: AsyncIterable<T>,
  inside: Context,
  end: (error?: unknown) => void,
): AsyncIterable<T> {
  let over = false;
  const ended = (error?: unknown) => {
    if (!over) end(error);
    over = true;
  };
  return {
    [Symbol.asyncIterator]() {
      const iterator = messages[Symbol.asyncIterator]();
      const step = async (take: () => Promise<IteratorResult<T>>) => {
        try {
          const result = await context.with(inside, take);
          if (result.done === true) ended();
          return result;
        } catch (error) {
          ended(error ?? new Error("nothing was thrown"));
          throw error;
        }
      };
      return {
        next: () => step(() => iterator.next()),
        async return() {
          ended(new ConnectError("cancelled", Code.Canceled));
          await context.with(inside, () => iterator.return?.());
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** A stream whose errors become others. An interceptor's `catch` does not see what is thrown inside of a stream. */
export async function* mapErrors<T>(
  messages: AsyncIterable<T>,
  map: (error: unknown) => unknown,
): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (error) {
    throw map(error);
  }
}

/** A stream each of whose messages passes a check first. */
export async function* checkEach<T>(
  messages: AsyncIterable<T>,
  check: (message: T) => void,
): AsyncIterable<T> {
  for await (const message of messages) {
    check(message);
    yield message;
  }
}
