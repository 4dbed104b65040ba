/** How issue events find connections. Keys of projects are upper case. */
export function keyRoutingKey(host: string, projectKey: string): string {
  return `${host}/${projectKey.toUpperCase()}`;
}

/** How version events, which carry only the project's id, find connections. Ids of two Jiras may be equal, so the host goes with them. */
export function idRoutingKey(host: string, projectId: string): string {
  return `${host}#${projectId}`;
}
