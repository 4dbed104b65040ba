import { PermissionError, SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ConnectionTarget, Consent, ServiceContext } from "../../core/service.js";
import type { GitHubLink } from "./access.js";
import { LoginRefusedError } from "./failures.js";
import { isSameRepository, nameOf, repositoryName, type RepositoryName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { findPerson, type GitHubParts } from "./session.js";

export const repositoryKindId = "repository";

// Hookshot's sentences (reference 5.3).
const noAccessKnown = "Could not determine if the user has access to this repository, does the repository exist?";
const noWriteAccess = "You must at least have write permissions to bridge this repository";
const notInstalled =
  "You need to add a GitHub App to this organisation / repository before you can bridge it. Open the link to add the app, and then retry this request";

type Context = ServiceContext<GitHubConfig>;

/**
 * May the person connect rooms to the repository, and does the App hear it? In Hookshot's order (reference 5.3), for people: what leads on
 * stands in the sentence.
 * @throws PermissionError or SwitchboardError in Hookshot's words; RemoteError
 */
export async function checkMayConnect(parts: GitHubParts, link: GitHubLink, repository: RepositoryName, context: Context): Promise<void> {
  try {
    await checkRepository(parts, link, repository, context);
  } catch (error) {
    if (!(error instanceof SwitchboardError) || error.code !== "HS_ADDITIONAL_ACTION_REQUIRED") throw error;
    const { code, details } = error;
    throw new SwitchboardError(code, `${error.message}: ${String(details["installUrl"])}`, { cause: error, details });
  }
}

/**
 * The same for programs.
 * @throws PermissionError; SwitchboardError HS_ADDITIONAL_ACTION_REQUIRED with `installUrl`; RemoteError
 */
export async function checkRepository(parts: GitHubParts, link: GitHubLink, repository: RepositoryName, context: Context): Promise<void> {
  const lack = await findLack(parts, link, repository);
  if (lack !== undefined) throw link.person?.by === "browser" ? await explainLack(parts, lack, repository, context) : lack.error;
  if (!(await parts.app.isInstalled(repository, context))) throw mustInstall(await parts.app.installUrl(context));
}

/** A repository as a room is connected to it. */
export function targetOf(repository: RepositoryName): ConnectionTarget {
  const name = nameOf(repository);
  return { kindId: repositoryKindId, stateKey: name, state: { org: repository.owner, repo: repository.repo }, name };
}

/** Whether somebody may connect rooms to a repository by their own login, and may not otherwise. */
export async function authorizeByLogin(parts: GitHubParts, repository: RepositoryName, actor: UserId, context: Context): Promise<Consent> {
  const name = nameOf(repository);
  try {
    const link = await findPerson(parts, actor, context);
    if (link === undefined) {
      return denied(`whoever wrote the state is not logged into GitHub. Once they are, they can type \`!connect github ${name}\``);
    }
    await checkMayWrite(parts, link, repository);
    return { granted: true };
  } catch (error) {
    // Said to everybody in the room, so nothing of what GitHub says to that person.
    if (error instanceof PermissionError) {
      return denied(
        `whoever wrote the state cannot show that they may write to ${name}. They need write permissions there, and a login that works`,
      );
    }
    throw error;
  }
}

/** As GitHub writes it; a former name finds the repository, too. Where it cannot be read, the question for rights will tell. */
export async function findNamed({ client }: GitHubParts, link: GitHubLink, typed: RepositoryName): Promise<RepositoryName> {
  const found = await client.findRepository(link, typed);
  return repositoryName(found?.owner?.login, found?.name) ?? typed;
}

/**
 * The repository in the spelling of whoever sent it, but under the name that it has now: under a former one nothing would be heard, or what
 * happens in another repository that is called so later.
 */
export async function presentName(parts: GitHubParts, link: GitHubLink, sent: RepositoryName): Promise<RepositoryName> {
  try {
    const named = await findNamed(parts, link, sent);
    return isSameRepository(named, sent) ? sent : named;
  } catch (error) {
    // The question for rights that follows says it in the words that programs know.
    if (error instanceof PermissionError && !(error instanceof LoginRefusedError)) return sent;
    throw error;
  }
}

/** Why a person may not connect a repository. */
interface Lack {
  /** GitHub `told` their right, it `forbids` the question, or it shows them nothing. */
  readonly kind: "told" | "forbidden" | "unseen";
  readonly error: PermissionError;
}

/** GitHub answers for a former name with the rights to what has another name now, and lets somebody else take the former one. */
async function checkMayWrite(parts: GitHubParts, link: GitHubLink, repository: RepositoryName): Promise<void> {
  if (!isSameRepository(await findNamed(parts, link, repository), repository)) throw new PermissionError(noAccessKnown);
  const lack = await findLack(parts, link, repository);
  if (lack !== undefined) throw lack.error;
}

/** Only who may push is told; others are refused, in words that are added to Hookshot's. */
async function findLack({ client }: GitHubParts, link: GitHubLink, repository: RepositoryName): Promise<Lack | undefined> {
  const { login } = await client.whoAmI(link);
  try {
    const permission = await client.permissionOf(link, repository, login);
    if (permission === undefined) return { kind: "unseen", error: new PermissionError(noAccessKnown) };
    if (permission === "admin" || permission === "write") return undefined;
    return { kind: "told", error: new PermissionError(noWriteAccess) };
  } catch (error) {
    if (!(error instanceof PermissionError) || error instanceof LoginRefusedError) throw error;
    return { kind: "forbidden", error: new PermissionError(noWriteAccess, "HS_FORBIDDEN_USER", `(${error.message})`) };
  }
}

/**
 * Where the App is not installed, a login with the browser learns nothing: that is the reason then, or may be. What the person does not see
 * the App is not asked for: its answer would tell them which repositories there are.
 */
async function explainLack({ app }: GitHubParts, lack: Lack, repository: RepositoryName, context: Context): Promise<SwitchboardError> {
  const { kind, error } = lack;
  if (kind === "told" || (kind === "forbidden" && (await app.isInstalled(repository, context)))) return error;
  const installUrl = await app.installUrl(context);
  if (kind === "forbidden") return mustInstall(installUrl);
  const remedy = `If it does, the GitHub App may not be installed there: ${installUrl}`;
  return new PermissionError(error.sentence, "HS_FORBIDDEN_USER", remedy);
}

function mustInstall(installUrl: string): SwitchboardError {
  return new SwitchboardError("HS_ADDITIONAL_ACTION_REQUIRED", notInstalled, { details: { installUrl } });
}

function denied(reason: string): Consent {
  return { granted: false, reason };
}
