/** Ends the session of a user. */
export async function signOut(url: string, session: string): Promise<void> {
  const answer = await fetch(`${url}/api/auth/sign-out`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${session}` },
    body: "{}",
  });
  if (!answer.ok) throw new Error(`sign-out answered ${answer.status}`);
  await answer.arrayBuffer();
}
