import type { Credentials } from "./account.ts";

/** What the newcomer sees when everything runs: where it is, who may sign in, and three commands to try. */
export function welcome(url: string, login: Credentials): string {
  const json = "-H 'content-type: application/json'";
  return `
  todo runs at ${url}     sign in as ${login.email} with the password ${login.password}

  Try, in another terminal:

  # 1. get a token
  SESSION=$(curl -s -o /dev/null -D - ${url}/api/auth/sign-in/email ${json} \\
    -d '{"email":"${login.email}","password":"${login.password}"}' | tr -d '\\r' | sed -n 's/^set-auth-token: //p')
  TOKEN=$(curl -s ${url}/api/auth/token -H "authorization: Bearer $SESSION" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

  # 2. create a task
  curl -s ${url}/todo.task.v1.TaskService/CreateTask -H "authorization: Bearer $TOKEN" ${json} \\
    -d '{"title":"Water the plants","priority":"PRIORITY_HIGH"}'

  # 3. see its event in the audit log
  curl -s ${url}/todo.audit.v1.AuditService/ListEntries -H "authorization: Bearer $TOKEN" ${json} -d '{}'

  Ctrl-C stops everything.
`;
}
