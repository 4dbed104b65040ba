import { InvalidArgumentError, type Command } from "commander";
import {
  shownTokenSchema,
  tokenListSchema,
  tokenMadeSchema,
  type TokenList,
  type TokenMade,
  type TokenRevoked,
  type TokenWanted,
} from "../apis/control/schema.js";
import { systemClock } from "../shared/clock.js";
import { addServerFlags, askRunning, print, type ServerFlags } from "./ask-running.js";
import type { AddCommand, Finish } from "./command.js";
import { collect } from "./config-flags.js";
import { readExpiry } from "./expiry.js";
import type { CliIo } from "./io.js";
import { clean, formatTable, toTime } from "./text-table.js";

interface CreateFlags extends ServerFlags {
  readonly name: string;
  readonly scope: readonly string[];
  readonly target?: readonly string[];
  readonly expires?: number;
}

const examples = `
Examples:
  $ switchboard token create --name dimension --scope provisioning
  $ switchboard token create --name ci --scope provisioning --expires 90d > ci-token
  $ switchboard token create --name nightly-scan --scope findings --target connector/main
  $ switchboard token list
  $ switchboard token revoke ci

A program sends its token as "Authorization: Bearer <token>". These commands ask the running Switchboard over a socket in its data folder;
tokens of the configuration (api.tokens) are not shown.`;

/** `switchboard token create|list|revoke`: tokens of programs that call our APIs, kept by the running server. */
export const addTokenCommand: AddCommand = (program, io, finish) => {
  const token = program.command("token").description("make, list and revoke tokens of the APIs").addHelpText("after", examples);
  addCreate(token, io, finish);
  addList(token, io, finish);
  addRevoke(token, io, finish);
};

function addCreate(token: Command, io: CliIo, finish: Finish): void {
  const command = token
    .command("create")
    .description("make a token and print it, this once")
    .requiredOption("--name <name>", "what the log and the list call whoever has it")
    .requiredOption("--scope <api>", "an API that it may call; may be repeated", collect)
    .option("--target <remote>", "limits the scope findings to a registered remote, such as connector/main; may be repeated", collect)
    .option(
      "--expires <when>",
      "when it ends: in a time such as 90d, 12h or 8w, or at a date such as 2027-01-31 (default: never)",
      toExpiry,
    );
  addServerFlags(command).action(async (flags: CreateFlags) => {
    const { name, scope, target, expires } = flags;
    const limit = target === undefined ? {} : { targets: target };
    const body: TokenWanted = { name, scopes: scope, ...limit, ...(expires === undefined ? {} : { expiresAt: expires }) };
    const made = await askRunning<TokenMade>(flags, io, { method: "POST", path: "/v1/tokens", body }, tokenMadeSchema);
    print(io, flags, made, (shown) => `${shown.token}\n`);
    // Apart, so that the token alone can be sent to a file.
    io.stderr.write(describeMade(made));
    finish(0);
  });
}

function addList(token: Command, io: CliIo, finish: Finish): void {
  const command = token.command("list").description("list the tokens that were made, without the tokens themselves");
  addServerFlags(command).action(async (flags: ServerFlags) => {
    const list = await askRunning<TokenList>(flags, io, { method: "GET", path: "/v1/tokens" }, tokenListSchema);
    print(io, flags, list, listTokens);
    finish(0);
  });
}

function addRevoke(token: Command, io: CliIo, finish: Finish): void {
  const command = token.command("revoke").description("end a token at once").argument("<id or name>");
  addServerFlags(command).action(async (idOrName: string, flags: ServerFlags) => {
    const path = `/v1/tokens/${encodeURIComponent(idOrName)}/revoke`;
    const revoked = await askRunning<TokenRevoked>(flags, io, { method: "POST", path }, shownTokenSchema);
    print(io, flags, revoked, ({ id, name }) => `Revoked ${clean(name)} (${clean(id)}).\n`);
    finish(0);
  });
}

function toExpiry(text: string): number {
  const expiresAt = readExpiry(text, systemClock.now());
  if (expiresAt === undefined) throw new InvalidArgumentError("It must be a time such as 90d, 12h or 8w, or a date such as 2027-01-31.");
  return expiresAt;
}

function describeMade({ id, name, scopes, targets, expiresAt }: TokenMade): string {
  const end = expiresAt === undefined ? "It does not end by itself." : `It ends ${toTime(expiresAt)}.`;
  return clean(`This is the token ${name} (${id}), for ${scopes.join(", ")}${onlyAt(targets)}. It is shown only this once. ${end}`) + "\n";
}

function listTokens({ tokens }: TokenList): string {
  if (tokens.length === 0) return "No tokens.\n";
  const rows = tokens.map(({ id, name, scopes, targets, createdAt, expiresAt, lastUsedAt }) => [
    ...[id, name, scopes.join(", ") + onlyAt(targets), toTime(createdAt)],
    ...[expiresAt === undefined ? "never" : toTime(expiresAt), lastUsedAt === undefined ? "never" : toTime(lastUsedAt)],
  ]);
  return formatTable([["ID", "NAME", "SCOPES", "CREATED", "EXPIRES", "LAST USE"], ...rows]);
}

function onlyAt(targets: readonly string[] | undefined): string {
  return targets === undefined ? "" : ` (only ${targets.join(", ")})`;
}
