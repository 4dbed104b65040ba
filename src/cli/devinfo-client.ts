import type { Command } from "commander";
import {
  devinfoClientListSchema,
  devinfoClientMadeSchema,
  shownDevinfoClientSchema,
  type DevinfoClientList,
  type DevinfoClientMade,
  type DevinfoClientRevoked,
  type DevinfoClientWanted,
} from "../apis/control/schema.js";
import { addServerFlags, askRunning, print, type ServerFlags } from "./ask-running.js";
import { addCallerFlags, readCallerFlags, type CallerFlags } from "./caller-flags.js";
import type { AddCommand, Finish } from "./command.js";
import { collect } from "./config-flags.js";
import type { CliIo } from "./io.js";
import { clean, formatTable, toTime } from "./text-table.js";

interface CreateFlags extends ServerFlags, CallerFlags {
  readonly name: string;
  readonly scope?: readonly string[];
}

const examples = `
Examples:
  $ switchboard devinfo-client create --name ci
  $ switchboard devinfo-client create --name ci-cleanup --scope DELETE --provider ci > ci-secret
  $ switchboard devinfo-client list
  $ switchboard devinfo-client rotate ci
  $ switchboard devinfo-client revoke ci

A tool trades its id (the name) and its secret for a token at "POST /oauth/token" of a listener with the resource devinfo, and sends commits,
branches and pull requests with it. These commands ask the running Switchboard over a socket in its data folder; clients of the configuration
(devinfo.clients) are not shown.`;

/** `switchboard devinfo-client create|list|rotate|revoke`: OAuth clients that send development information, kept by the running server. */
export const addDevinfoClientCommand: AddCommand = (program, io, finish) => {
  const client = program
    .command("devinfo-client")
    .description("make, list, renew and revoke clients that send development information")
    .addHelpText("after", examples);
  addCreate(client, io, finish);
  addList(client, io, finish);
  addRotate(client, io, finish);
  addRevoke(client, io, finish);
};

function addCreate(client: Command, io: CliIo, finish: Finish): void {
  const command = client
    .command("create")
    .description("make a client and print its secret, this once")
    .requiredOption("--name <name>", "its client id, and what the log and the list call it")
    .option("--scope <scope>", "READ, WRITE (includes READ) or DELETE (includes both); may be repeated (default WRITE)", collect);
  addServerFlags(addCallerFlags(command)).action(async (flags: CreateFlags) => {
    const { name, scope } = flags;
    const body: DevinfoClientWanted = { name, ...readCallerFlags(flags, scope) };
    const made = await askRunning<DevinfoClientMade>(
      flags,
      io,
      { method: "POST", path: "/v1/devinfo-clients", body },
      devinfoClientMadeSchema,
    );
    showSecret(made, flags, io);
    finish(0);
  });
}

function addRotate(client: Command, io: CliIo, finish: Finish): void {
  const command = client
    .command("rotate")
    .description("give a client another secret and print it, this once; the one before and its tokens end at once")
    .argument("<name>");
  addServerFlags(command).action(async (name: string, flags: ServerFlags) => {
    const path = `/v1/devinfo-clients/${encodeURIComponent(name)}/rotate`;
    showSecret(await askRunning<DevinfoClientMade>(flags, io, { method: "POST", path }, devinfoClientMadeSchema), flags, io);
    finish(0);
  });
}

/** The rest apart, so that the secret alone can be sent to a file. */
function showSecret(made: DevinfoClientMade, flags: ServerFlags, io: CliIo): void {
  print(io, flags, made, ({ clientSecret }) => `${clientSecret}\n`);
  const { clientId, scopes, provider, instance } = made;
  const bound = instance === undefined ? "" : ` (only ${instance})`;
  io.stderr.write(
    clean(`This is the secret of the client ${clientId}, for ${scopes.join(", ")} of ${provider}${bound}. It is shown only this once.`) +
      "\n",
  );
}

function addList(client: Command, io: CliIo, finish: Finish): void {
  const command = client.command("list").description("list the clients that were made, without their secrets");
  addServerFlags(command).action(async (flags: ServerFlags) => {
    const list = await askRunning<DevinfoClientList>(flags, io, { method: "GET", path: "/v1/devinfo-clients" }, devinfoClientListSchema);
    print(io, flags, list, listClients);
    finish(0);
  });
}

function listClients({ clients }: DevinfoClientList): string {
  if (clients.length === 0) return "No clients.\n";
  const rows = clients.map(({ clientId, scopes, provider, instance, createdAt, rotatedAt, isShadowed }) => [
    ...[clientId, scopes.join(", "), provider, instance ?? "all", toTime(createdAt), rotatedAt === undefined ? "never" : toTime(rotatedAt)],
    isShadowed === true ? "replaced by devinfo.clients" : "",
  ]);
  return formatTable([["NAME", "SCOPES", "PROVIDER", "INSTANCE", "CREATED", "NEW SECRET", ""], ...rows]);
}

function addRevoke(client: Command, io: CliIo, finish: Finish): void {
  const command = client.command("revoke").description("end a client and its tokens at once; what it sent stays").argument("<name>");
  addServerFlags(command).action(async (name: string, flags: ServerFlags) => {
    const path = `/v1/devinfo-clients/${encodeURIComponent(name)}/revoke`;
    const revoked = await askRunning<DevinfoClientRevoked>(flags, io, { method: "POST", path }, shownDevinfoClientSchema);
    print(io, flags, revoked, ({ clientId }) => `Revoked ${clean(clientId)}.\n`);
    finish(0);
  });
}
