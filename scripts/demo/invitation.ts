import { join } from "node:path";
import { projectKey, roomName, userName, type Stage } from "./stage.js";

const mainFile = join(import.meta.dirname, "../../dist/main.js");

/** What a person needs to join in: addresses, the login, and things to try. */
export function invitation({ homeserver, ada, password, roomId, jira, jiraToken, installation }: Stage): string {
  const { webhookPort, dataFolder } = installation;
  const issues = `${jira.url}/rest/api/2/issue`;
  const headers = `-H 'Authorization: Bearer ${jiraToken}' -H 'Content-Type: application/json'`;
  const newIssue = JSON.stringify({ fields: { project: { key: projectKey }, issuetype: { name: "Task" }, summary: "Made with curl" } });
  // "Resolve", which leads from In Progress, where the story leaves the issue, to Done.
  const change = JSON.stringify({ transition: { id: "31" } });
  return `It stays up. Join with any Matrix client (Element: Sign in, edit the homeserver):

  Homeserver  ${homeserver.url}
  User        ${userName}  (${ada.userId})
  Password    ${password}
  Room        ${roomName}  (${roomId})

Type in the room, for example !jira create Bug The door squeaks, !jira search door, !jira help, !connections or !switchboard help.
Ada is logged in to the stand-in; jira logout in the direct chat changes that.

Make an issue in the stand-in for Jira, and change one:
  curl ${headers} -d '${newIssue}' ${issues}
  curl ${headers} -d '${change}' ${issues}/${projectKey}-1/transitions

Look into Switchboard:
  node ${mainFile} deliveries list --data ${dataFolder}
  curl http://127.0.0.1:${webhookPort}/ready
  curl http://127.0.0.1:${webhookPort}/metrics

Ctrl-C stops all of it and removes its data. The room goes on below.`;
}
