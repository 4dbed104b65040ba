import type { Command } from "commander";
import {
  connectAppListSchema,
  connectAppRemovedSchema,
  shownConnectAppSchema,
  type ConnectAppInstalled,
  type ConnectAppList,
  type ConnectAppRemoved,
  type ConnectAppWanted,
} from "../apis/control/schema.js";
import { addServerFlags, askRunning, print, type ServerFlags } from "./ask-running.js";
import { addCallerFlags, readCallerFlags, type CallerFlags } from "./caller-flags.js";
import type { AddCommand, Finish } from "./command.js";
import { collect } from "./config-flags.js";
import type { CliIo } from "./io.js";
import { clean, formatTable, toTime } from "./text-table.js";

interface InstallFlags extends ServerFlags, CallerFlags {
  readonly scopes?: readonly string[];
  readonly reinstall?: boolean;
  readonly signed?: boolean;
  readonly allowHttp?: boolean;
}

/** The server asks the app up to three times, with 10 or 15 seconds each. */
const patienceMs = 60_000;

const examples = `
Examples:
  $ switchboard connect-app install https://git.example.org/app/descriptor.json
  $ switchboard connect-app install https://git.example.org/app/descriptor.json --scopes WRITE --provider git
  $ switchboard connect-app list
  $ switchboard connect-app remove com.example.app

Installing tells the tool where the listener with the resource devinfo is (its publicUrl) and gives it a secret, with which it signs what it
sends. Tools on private networks have to be named in outbound.allow. A tool may ask for signed installations: where it can be told where to
look up keys, that is <publicUrl>/connect/install-keys/, and --signed signs with such a key. The secret goes over http only with --allow-http.
These commands ask the running Switchboard over a socket in its data folder; apps of the configuration (devinfo.connectApps) are not shown.`;

/** `switchboard connect-app install|list|remove`: Connect apps of self-hosted tools, kept by the running server. */
export const addConnectAppCommand: AddCommand = (program, io, finish) => {
  const app = program
    .command("connect-app")
    .description("install, list and remove Connect apps that send development information")
    .addHelpText("after", examples);
  addInstall(app, io, finish);
  addList(app, io, finish);
  addRemove(app, io, finish);
};

function addInstall(app: Command, io: CliIo, finish: Finish): void {
  const command = app
    .command("install")
    .description("install the app that a descriptor describes")
    .argument("<descriptor URL>")
    .option(
      "--scopes <scopes>",
      "the most that it may do: READ, WRITE, DELETE, joined by commas (default: what it asks for; of one that is installed, what it has)",
      collect,
    )
    .option("--reinstall", "give an app that is installed a new secret, signed with the one before")
    .option("--signed", "sign with a key that the app looks up at our address")
    .option("--allow-http", "let descriptor and secret go over http, where whoever listens on the way learns them");
  addServerFlags(addCallerFlags(command)).action(async (descriptorUrl: string, flags: InstallFlags) => {
    const body: ConnectAppWanted = {
      descriptorUrl,
      ...readCallerFlags(flags, flags.scopes),
      ...(flags.reinstall === true ? { isReinstall: true } : {}),
      ...(flags.signed === true ? { isKeySigned: true } : {}),
      ...(flags.allowHttp === true ? { allowsHttp: true } : {}),
    };
    const request = { method: "POST", path: "/v1/connect-apps", body, timeoutMs: patienceMs } as const;
    print(io, flags, await askRunning<ConnectAppInstalled>(flags, io, request, shownConnectAppSchema), describeInstalled);
    finish(0);
  });
}

function describeInstalled({ key, baseUrl, scopes, provider, instance }: ConnectAppInstalled): string {
  const bound = instance === undefined ? "" : ` (only ${instance})`;
  return clean(`Installed ${key} at ${baseUrl}, for ${scopes.join(", ")} of ${provider}${bound}.`) + "\n";
}

function addList(app: Command, io: CliIo, finish: Finish): void {
  const command = app.command("list").description("list the apps that were installed");
  addServerFlags(command).action(async (flags: ServerFlags) => {
    const list = await askRunning<ConnectAppList>(flags, io, { method: "GET", path: "/v1/connect-apps" }, connectAppListSchema);
    print(io, flags, list, listApps);
    finish(0);
  });
}

function listApps({ apps }: ConnectAppList): string {
  if (apps.length === 0) return "No apps.\n";
  const rows = apps.map(({ key, baseUrl, scopes, provider, instance, createdAt, state, isShadowed }) => [
    ...[key, baseUrl, scopes.join(", "), provider, instance ?? "all", toTime(createdAt)],
    isShadowed === true
      ? "replaced by devinfo.connectApps"
      : state === "unknown"
        ? "not known whether it took its secret: install again"
        : "",
  ]);
  return formatTable([["KEY", "AT", "SCOPES", "PROVIDER", "INSTANCE", "INSTALLED", ""], ...rows]);
}

function addRemove(app: Command, io: CliIo, finish: Finish): void {
  const command = app
    .command("remove")
    .description("end an app's installation at once, and tell the app; what it sent stays")
    .argument("<key>");
  addServerFlags(command).action(async (key: string, flags: ServerFlags) => {
    const request = { method: "POST", path: `/v1/connect-apps/${encodeURIComponent(key)}/remove`, timeoutMs: patienceMs } as const;
    print(io, flags, await askRunning<ConnectAppRemoved>(flags, io, request, connectAppRemovedSchema), describeRemoved);
    finish(0);
  });
}

function describeRemoved({ key, told }: ConnectAppRemoved): string {
  const untold = told?.isTaken === false ? ` It could not be told: ${told.sentence ?? ""} Remove us there too.` : "";
  return clean(`Removed ${key}.${untold}`) + "\n";
}
