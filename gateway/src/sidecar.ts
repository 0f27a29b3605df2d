const timeoutMs = 1500;

/**
 * A check that the own sidecar can call others. It does not ask for the sidecar's whole health, which would include the
 * app itself. Those who ask at the same time share one answer, since anybody may ask a gateway how it is.
 */
export function outboundReady(httpPort: number): () => Promise<void> {
  let asking: Promise<void> | undefined;
  return () => {
    asking ??= ask(httpPort).finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function ask(httpPort: number): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { status, body } = await fetch(`http://127.0.0.1:${httpPort}/v1.0/healthz/outbound`, { signal });
  await body?.cancel();
  if (status !== 204) throw new SidecarNotReady(`the sidecar answered ${status}`);
}

class SidecarNotReady extends Error {
  override readonly name = "SidecarNotReady";
}
