/** One thing that happened at a remote, parsed from a webhook or a poll. */
export interface RemoteEvent {
  /** Name within its service, for example `issue_created`. */
  readonly name: string;
  /** Where it belongs, in the form the service's kinds give as `remoteKeys`; a connection with any of them gets it. */
  readonly routingKeys: readonly string[];
  /** The parsed body, valid against the service's schema for this event. */
  readonly payload: unknown;
}
