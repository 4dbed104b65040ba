import { PermissionError } from "../../core/errors.js";
import type { RemoteHealth, RemoteReport } from "../../remotes/survey.js";
import { markdown, type Markdown } from "../../shared/markdown.js";
import { code, sentence } from "../../shared/sentence.js";
import { list } from "../answer-parts.js";
import type { Command, CommandCall } from "../command.js";
import type { BotDeps } from "../deps.js";
import { waitForPermissions } from "../may-change.js";

type ConnectorsDeps = Pick<BotDeps, "permissions" | "permissionRooms" | "surveyRemotes">;

/** `!switchboard connectors`: what was registered over our APIs, and whether it answers. */
export function connectorsCommand(deps: ConnectorsDeps): Command {
  return {
    name: "!switchboard connectors",
    arguments: [],
    help: "List the remote systems that are registered, with health.",
    run: (call) => listConnectors(call, deps),
  };
}

async function listConnectors({ actor }: CommandCall, { permissions, permissionRooms, surveyRemotes }: ConnectorsDeps): Promise<Markdown> {
  if (!permissions.allowsAnywhere(actor, "manageConnections")) {
    waitForPermissions(permissionRooms);
    throw new PermissionError(
      "You do not have permission to use this command. Ask the administrator for the level `manageConnections` in the configuration's `permissions`.",
    );
  }
  const reports = await surveyRemotes();
  if (reports.length === 0) {
    return sentence("No remote system is registered. That is done over the APIs for connectors, Git integrations and scanner ticketing.");
  }
  return list(markdown`These remote systems are registered:`, reports.map(describe));
}

function describe({ kind, id, name, url, health }: RemoteReport): Markdown {
  const where = url === undefined ? markdown`` : markdown` (${url})`;
  return markdown`${code(`${kind}/${name}`)}, ${code(`${kind}/#${id}`)}${where}: ${inWords(health)}`;
}

function inWords(health: RemoteHealth): Markdown {
  switch (health.kind) {
    case "good":
      return health.account === undefined ? markdown`works` : markdown`works, as ${health.account}`;
    case "bad":
      return markdown`does not work. ${health.reason}`;
    case "untested":
      return markdown`not tested: ${health.reason}`;
  }
}
