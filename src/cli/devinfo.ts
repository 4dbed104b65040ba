import { InvalidArgumentError, type Command } from "commander";
import {
  namedProviderSchema,
  providerListSchema,
  shownSubmissionSchema,
  submissionListSchema,
  type NamedProvider,
  type ProviderList,
  type ProviderRename,
  type ShownSubmission,
  type SubmissionList,
} from "../apis/control/schema.js";
import { addServerFlags, askRunning, print, type ServerFlags } from "./ask-running.js";
import type { AddCommand, Finish } from "./command.js";
import { addForwardsCommand } from "./devinfo-forwards.js";
import { CommandFailure } from "./failure.js";
import type { CliIo } from "./io.js";
import { describeSubmission, listSubmissions } from "./submission-text.js";
import { clean, formatTable } from "./text-table.js";

interface SubmissionFlags extends ServerFlags {
  readonly provider?: string;
  readonly limit: number;
}

interface DeleteFlags extends ServerFlags {
  readonly yes?: boolean;
}

const examples = `
Examples:
  $ switchboard devinfo submissions --provider ci
  $ switchboard devinfo submissions <id>
  $ switchboard devinfo providers list
  $ switchboard devinfo providers rename old-ci ci
  $ switchboard devinfo providers delete old-ci --yes

Development information is what tools say of commits, branches and pull requests. These commands ask the running Switchboard over a socket in
its data folder.`;

/** `switchboard devinfo submissions|providers|forwards`: what was submitted and what became of it, and whose data there are. */
export const addDevinfoCommand: AddCommand = (program, io, finish) => {
  const devinfo = program
    .command("devinfo")
    .description("look at what was submitted as development information, and whose it is")
    .addHelpText("after", examples);
  addSubmissions(devinfo, io, finish);
  const providers = devinfo.command("providers").description("list, rename and delete providers: whoever's data are kept apart");
  addList(providers, io, finish);
  addRename(providers, io, finish);
  addDelete(providers, io, finish);
  addForwardsCommand(devinfo, io, finish);
};

function addSubmissions(devinfo: Command, io: CliIo, finish: Finish): void {
  const command = devinfo
    .command("submissions")
    .description("list what was submitted and deleted, newest first, or show one whole")
    .argument("[id]", "the submission to show")
    .option("--provider <name>", "only those of this provider")
    .option("--limit <n>", "at most this many", readLimit, 20);
  addServerFlags(command).action(async (id: string | undefined, flags: SubmissionFlags) => {
    if (id === undefined) await list(flags, io);
    else await show(id, flags, io);
    finish(0);
  });
}

async function list(flags: SubmissionFlags, io: CliIo): Promise<void> {
  const query = new URLSearchParams({
    limit: String(flags.limit),
    ...(flags.provider === undefined ? {} : { provider: flags.provider }),
  });
  const path = `/v1/devinfo/submissions?${query.toString()}`;
  print(io, flags, await askRunning<SubmissionList>(flags, io, { method: "GET", path }, submissionListSchema), listSubmissions);
}

async function show(id: string, flags: ServerFlags, io: CliIo): Promise<void> {
  const path = `/v1/devinfo/submissions/${encodeURIComponent(id)}`;
  print(io, flags, await askRunning<ShownSubmission>(flags, io, { method: "GET", path }, shownSubmissionSchema), describeSubmission);
}

function addList(providers: Command, io: CliIo, finish: Finish): void {
  const command = providers.command("list").description("list all that have data");
  addServerFlags(command).action(async (flags: ServerFlags) => {
    const known = await askRunning<ProviderList>(flags, io, { method: "GET", path: "/v1/devinfo/providers" }, providerListSchema);
    print(io, flags, known, listProviders);
    finish(0);
  });
}

function addRename(providers: Command, io: CliIo, finish: Finish): void {
  const command = providers
    .command("rename")
    .description("give a provider's data another name; callers are configured apart")
    .argument("<name>")
    .argument("<new name>");
  addServerFlags(command).action(async (provider: string, name: string, flags: ServerFlags) => {
    const body: ProviderRename = { provider, name };
    const renamed = await askProviders(flags, io, "rename", body);
    print(io, flags, renamed, (shown) => `What ${clean(provider)} had is ${clean(shown.provider)}'s now.\n`);
    finish(0);
  });
}

function addDelete(providers: Command, io: CliIo, finish: Finish): void {
  const command = providers
    .command("delete")
    .description("delete all that a provider has")
    .argument("<name>")
    .option("--yes", "really delete it");
  addServerFlags(command).action(async (provider: string, flags: DeleteFlags) => {
    if (flags.yes !== true) {
      throw new CommandFailure(`This deletes all commits, branches and pull requests of ${clean(provider)}; repeat it with --yes.`);
    }
    const deleted = await askProviders(flags, io, "delete", { provider });
    print(io, flags, deleted, (shown) => `Deleted all that ${clean(shown.provider)} had.\n`);
    finish(0);
  });
}

function askProviders(flags: ServerFlags, io: CliIo, what: "rename" | "delete", body: object): Promise<NamedProvider> {
  return askRunning(flags, io, { method: "POST", path: `/v1/devinfo/providers/${what}`, body }, namedProviderSchema);
}

const callers: Readonly<Record<string, string>> = { there: "configured", missing: "nobody", ours: "Switchboard itself" };

function listProviders({ providers }: ProviderList): string {
  if (providers.length === 0) return "No providers.\n";
  const rows = providers.map(({ provider, repositories, caller }) => [provider, String(repositories), callers[caller] ?? caller]);
  return formatTable([["PROVIDER", "REPOSITORIES", "CALLER"], ...rows]);
}

function readLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 200) throw new InvalidArgumentError("It must be a number from 1 to 200.");
  return limit;
}
