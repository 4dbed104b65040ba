import { InvalidArgumentError, Option, type Command } from "commander";
import {
  deliveryListSchema,
  deliverySummarySchema,
  shownDeliverySchema,
  type DeliveryChanged,
  type DeliveryList,
  type ShownDelivery,
} from "../apis/control/schema.js";
import { addServerFlags, askRunning, print, type ServerFlags } from "./ask-running.js";
import { describeDelivery, listDeliveries } from "./delivery-text.js";
import type { CliIo } from "./io.js";
import type { AddCommand, Finish } from "./command.js";

interface ListFlags extends ServerFlags {
  readonly state?: string;
  readonly room?: string;
  readonly after?: string;
  readonly limit: number;
}

const examples = `
Examples:
  $ switchboard deliveries list --state dead
  $ switchboard deliveries list --room '!abc:example.org' --limit 10 --json
  $ switchboard deliveries show <id>
  $ switchboard deliveries replay <id>

These commands ask the running Switchboard over a socket in its data folder.`;

/** `switchboard deliveries list|show|replay|discard`: what became of remote events, asked of the running server. */
export const addDeliveriesCommand: AddCommand = (program, io, finish) => {
  const deliveries = program
    .command("deliveries")
    .description("look at deliveries, send them again or give them up")
    .addHelpText("after", examples);
  addList(deliveries, io, finish);
  addShow(deliveries, io, finish);
  addChange(deliveries, io, finish, {
    name: "replay",
    description: "send an ended delivery again, as a new one",
    done: (changed) => `Sending it again as ${changed.id}.\n`,
  });
  addChange(deliveries, io, finish, {
    name: "discard",
    description: "give up a waiting or dead delivery",
    done: (changed) => `Discarded ${changed.id}.\n`,
  });
};

function addList(deliveries: Command, io: CliIo, finish: Finish): void {
  const command = deliveries
    .command("list")
    .description("list deliveries, newest first")
    .addOption(new Option("--state <state>", "only those in this state").choices(["waiting", "sent", "dead", "discarded"]))
    .option("--room <id>", "only those to this room")
    .option("--after <id>", "go on behind this delivery")
    .option("--limit <n>", "at most this many", readLimit, 50);
  addServerFlags(command).action(async (flags: ListFlags) => {
    const list = await askRunning<DeliveryList>(flags, io, { method: "GET", path: `/v1/deliveries?${toQuery(flags)}` }, deliveryListSchema);
    print(io, flags, list, listDeliveries);
    finish(0);
  });
}

function addShow(deliveries: Command, io: CliIo, finish: Finish): void {
  const command = deliveries
    .command("show")
    .description("show one delivery with its messages and the request it comes from")
    .argument("<id>");
  addServerFlags(command).action(async (id: string, flags: ServerFlags) => {
    const shown = await askRunning<ShownDelivery>(flags, io, { method: "GET", path: pathOf(id) }, shownDeliverySchema);
    print(io, flags, shown, describeDelivery);
    finish(0);
  });
}

interface Change {
  readonly name: "replay" | "discard";
  readonly description: string;
  readonly done: (changed: DeliveryChanged) => string;
}

function addChange(deliveries: Command, io: CliIo, finish: Finish, change: Change): void {
  const command = deliveries.command(change.name).description(change.description).argument("<id>");
  addServerFlags(command).action(async (id: string, flags: ServerFlags) => {
    const changed = await askRunning<DeliveryChanged>(
      flags,
      io,
      { method: "POST", path: `${pathOf(id)}/${change.name}` },
      deliverySummarySchema,
    );
    print(io, flags, changed, change.done);
    finish(0);
  });
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new InvalidArgumentError("It must be a whole number from 1 to 500.");
  return limit;
}

function toQuery({ state, room, after, limit }: ListFlags): string {
  const given = Object.entries({ state, room, after, limit: String(limit) }).filter(([, value]) => value !== undefined);
  // Filtered above.
  return new URLSearchParams(given as [string, string][]).toString();
}

function pathOf(id: string): string {
  return `/v1/deliveries/${encodeURIComponent(id)}`;
}
