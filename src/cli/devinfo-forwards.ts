import type { Command } from "commander";
import {
  devinfoForwardListSchema,
  devinfoForwardsChangedSchema,
  type DevinfoForwardList,
  type DevinfoForwardsChanged,
} from "../apis/control/schema.js";
import { addServerFlags, askRunning, print, type ServerFlags } from "./ask-running.js";
import type { AddCommand, Finish } from "./command.js";
import type { CliIo } from "./io.js";
import { clean, formatTable, toTime } from "./text-table.js";

type Target = DevinfoForwardList["targets"][number];
type Dead = DevinfoForwardList["dead"][number];

const path = "/v1/devinfo/forwards";

const examples = `
Examples:
  $ switchboard devinfo forwards
  $ switchboard devinfo forwards replay <id>
  $ switchboard devinfo forwards discard <id>

An <id> is that of a copy, or of a site. Of a site all dead copies are meant; where the configuration does not name it any more, "discard" means
what waits for it too.`;

/** `switchboard devinfo forwards [replay|discard]`: copies on their way to Jira sites, asked of the running server. */
export const addForwardsCommand: AddCommand = (program, io, finish) => {
  const forwards = program
    .command("forwards")
    .description("what is copied to other sites: what waits, why, and what a site refused")
    .addHelpText("after", examples);
  addServerFlags(forwards).action(async (flags: ServerFlags) => {
    const list = await askRunning<DevinfoForwardList>(flags, io, { method: "GET", path }, devinfoForwardListSchema);
    print(io, flags, list, describeForwards);
    finish(0);
  });
  addChange(forwards, io, finish, { name: "replay", description: "send what a site refused again", done: "Sending again: " });
  addChange(forwards, io, finish, { name: "discard", description: "give up what a site refused, or does not take", done: "Discarded: " });
};

interface Change {
  readonly name: "replay" | "discard";
  readonly description: string;
  readonly done: string;
}

function addChange(forwards: Command, io: CliIo, finish: Finish, { name, description, done }: Change): void {
  const command = forwards.command(name).description(description).argument("<id>");
  addServerFlags(command).action(async (id: string, _flags: ServerFlags, invoked: Command) => {
    // With the flags of the command above, which takes those that both have.
    const flags = invoked.optsWithGlobals<ServerFlags>();
    const asked = { method: "POST", path: `${path}/${encodeURIComponent(id)}/${name}` } as const;
    const changed = await askRunning<DevinfoForwardsChanged>(flags, io, asked, devinfoForwardsChangedSchema);
    print(io, flags, changed, ({ count }) => `${done}${String(count)}.\n`);
    finish(0);
  });
}

/** Sites and what they refused, for people. */
function describeForwards({ targets, dead }: DevinfoForwardList): string {
  if (targets.length === 0) return "Nothing is copied: devinfo.forward names no site.\n";
  const sites = formatTable([["ID", "SITE", "CLIENT", "FROM", "WAITING", "OLDEST", "DEAD"], ...targets.map(toRow)]);
  return [sites, ...targets.flatMap(describeTrouble), dead.length === 0 ? "" : `\nRefused, the newest:\n${listDead(dead)}`].join("");
}

function toRow({ id, url, clientId, from, waiting, oldest, dead }: Target): readonly string[] {
  const providers = from === undefined ? "(not configured)" : from.join(", ");
  const size = waiting.count === 0 ? "0" : `${String(waiting.count)} (${inMebibytes(waiting.bytes)})`;
  return [id, url, clientId, providers, size, oldest === undefined ? "-" : toTime(oldest.acceptedAt), String(dead.count)];
}

function describeTrouble({ url, failure, oldest }: Target): readonly string[] {
  if (failure === undefined) return [];
  const waits = oldest === undefined ? "" : ` First in line: ${oldest.id}, ${oldest.request} of ${oldest.provider}.`;
  return [`\n${clean(`${url} did not take it at ${toTime(failure.at)}: ${failure.reason}.${waits}`)}\n`];
}

function listDead(dead: readonly Dead[]): string {
  const rows = dead.map(({ id, target, provider, request, acceptedAt, reason }) => [
    ...[id, target, toTime(acceptedAt), provider, request, reason],
  ]);
  return formatTable([["ID", "SITE", "ACCEPTED", "PROVIDER", "REQUEST", "WHY"], ...rows]);
}

/** Compressed, as it lies there. */
function inMebibytes(bytes: number): string {
  return bytes < 1_048_576 ? "under 1 MiB" : `${String(Math.round(bytes / 1_048_576))} MiB`;
}
