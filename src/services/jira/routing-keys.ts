/** How issue events find connections. Keys of projects are upper case. */
export function keyRoutingKey(host: string, projectKey: string): string {
  return `${host}/${projectKey.toUpperCase()}`;
}

/** How version events, which carry only the project's id, find connections. Ids of two Jiras may be equal, so the host goes with them. */
export function idRoutingKey(host: string, projectId: string): string {
  return `${host}#${projectId}`;
}

/** How development information finds connections: it names issues by their keys, and no Jira. No host holds such a character. */
export function anyHostRoutingKey(projectKey: string): string {
  return `<any>/${projectKey.toUpperCase()}`;
}
