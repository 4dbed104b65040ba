import type { Connection } from "../../core/connection.js";
import { PermissionError } from "../../core/errors.js";
import { joinMarkdown, markdown, type Markdown } from "../../shared/markdown.js";
import { sentence } from "../../shared/sentence.js";
import type { Command, CommandCall } from "../command.js";
import type { BotDeps } from "../deps.js";
import { waitForPermissions } from "../may-change.js";
import { isModerator } from "../moderators.js";
import { linkTo, list } from "../answer-parts.js";
import { connectExample, describeConnection, enabledServices } from "../service-words.js";

type ListDeps = Pick<BotDeps, "services" | "operations" | "permissions" | "permissionRooms" | "roomState" | "lastDelivery" | "clock">;

/** `!connections`: what the room is connected to, with health and last delivery. */
export function connectionsCommand(deps: ListDeps): Command {
  return {
    name: "!connections",
    arguments: [],
    help: "List what this room is connected to, with health and last delivery.",
    run: (call) => listConnections(call, deps),
  };
}

async function listConnections(call: CommandCall, deps: ListDeps): Promise<Markdown> {
  if (!deps.permissions.allowsAnywhere(call.actor, "commands")) {
    waitForPermissions(deps.permissionRooms);
    throw new PermissionError(
      "You do not have permission to use this command. Ask the administrator for the level `commands` in the configuration's `permissions`.",
    );
  }
  const all = await deps.operations.list(call.room.roomId);
  const shown = await visibleTo(call, all, deps);
  if (shown.length === 0) {
    return sentence(`This room has no connections. To make one, type \`${connectExample(deps)}\`. ${enabledServices(deps)}`);
  }
  const items = await Promise.all(shown.map((connection) => describe(connection, deps)));
  return list(markdown`This room is connected to:`, items);
}

/** What is broken or not approved is shown to those who can do something about it. */
async function visibleTo(call: CommandCall, all: readonly Connection[], deps: ListDeps): Promise<readonly Connection[]> {
  const active = all.filter((connection) => connection.status.kind === "active");
  if (active.length === all.length) return active;
  return (await isModerator(call, deps)) ? all : active;
}

async function describe(connection: Connection, deps: ListDeps): Promise<Markdown> {
  const { title, name, url } = describeConnection(deps, connection);
  const what = markdown`${title} ${url === undefined ? markdown`${name}` : linkTo(name, url)}: ${health(connection)}`;
  const origin = connection.isStatic === true ? [markdown`set in the configuration`] : [];
  return joinMarkdown([what, ...origin, ...(connection.status.kind === "active" ? await remarksOn(connection, deps) : [])], ", ");
}

/** What its kind says of it, and how its last delivery went. */
async function remarksOn(connection: Connection, deps: ListDeps): Promise<readonly Markdown[]> {
  const note = await noteOn(connection, deps);
  const last = await deps.lastDelivery?.(connection.id);
  return [...(note === undefined ? [] : [sentence(note)]), ...(last === undefined ? [] : [markdown`last delivery ${last}`])];
}

async function noteOn(connection: Connection, { services, clock }: ListDeps): Promise<string | undefined> {
  const active = services.find(({ service }) => service.id === connection.serviceId);
  const kind = active?.service.kinds.find(({ id }) => id === connection.kindId);
  return active && kind?.note?.(connection.state, clock.now(), active.context);
}

function health({ status }: Connection): Markdown {
  switch (status.kind) {
    case "active":
      return markdown`active`;
    case "invalid":
      return markdown`not used, ${sentence(status.reason)}`;
    case "ungranted":
      return markdown`not approved, ${sentence(status.reason)}`;
  }
}
