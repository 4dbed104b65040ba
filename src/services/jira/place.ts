import type { Connection } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import { remoteWords, wordToChoose } from "../../vocabulary/choose-remote.js";
import { areOneJira, instancesAt, type JiraInstance } from "./instances.js";
import { projectOfState } from "./project-url.js";
import { isRegistered } from "./registered-jiras.js";

/** Where a connection's project is. */
export interface Place {
  /** For sentences. */
  readonly address: string;
  readonly url: URL | undefined;
  /** The key of the project that the room is connected to. */
  readonly key: string;
  /** The Jiras that can be meant, those of the configuration first. */
  readonly fitting: readonly JiraInstance[];
}

/** @param jiras of the configuration, then what is registered */
export function placeOf({ state, stateKey }: Connection, jiras: readonly JiraInstance[]): Place {
  const project = projectOfState(state["url"]);
  if (project === undefined) return { address: stateKey, url: undefined, key: stateKey, fitting: [] };
  const { url, key } = project;
  return { address: url.href, url, key, fitting: instancesAt(jiras, url) };
}

/** Two entries may name one Jira; two Jiras at one host may not both be meant. @throws ValidationError */
export function requireOneJira({ fitting, address }: Place): void {
  const [first] = fitting;
  if (first === undefined || areOneJira(fitting)) return;
  const names = fitting.map((jira) => `\`${remoteWords(jira)}\``).join(", ");
  const word = isRegistered(first) ? wordToChoose("jira", first, fitting) : `jira:${first.name}`;
  throw new ValidationError(
    `This room is connected to ${address}, which can mean any of ${names}. Disconnect it and connect it again by the name: \`!connect ${word} ...\`.`,
  );
}
