import type { Connector } from "../../remotes/connectors.js";

interface ShowOptions {
  readonly withParams: boolean;
}

/** A connector as programs see it, with its keys in the order of the published examples. */
export function showConnector({ id, name, system, inaccessible, params }: Connector, { withParams }: ShowOptions): object {
  return {
    id,
    name,
    system: { id: system.id, short_name: system.shortName, name: system.name },
    inaccessible,
    ...(withParams ? { params } : {}),
  };
}

/** Whether `?exclude=params` asks to leave them out; several names may stand there, with commas. */
export function excludesParams(query: URLSearchParams): boolean {
  return query.getAll("exclude").some((names) => names.split(",").some((name) => name.trim() === "params"));
}
