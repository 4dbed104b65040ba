import { RemoteError } from "../core/errors.js";
import type { HttpClient } from "../core/ports/http-client.js";
import { parseHttpUrl, withoutTrailingSlashes } from "../shared/url.js";
import type { GitIntegrationDraft, GitSecrets, SentGitIntegration } from "./git-integration.js";
import { userForAll, type GitAccountForm, type GitIntegrationType } from "./git-integration-type.js";

/** Sentences that begin with the name of the field which does not fit, and repeat nothing secret. Empty where all is well. */
export type GitProblems = readonly string[];

/** Everything about an integration that does not fit its type, or itself. */
export function findGitProblems(draft: GitIntegrationDraft, type: GitIntegrationType): GitProblems {
  const { settings } = draft;
  return [
    ...findOriginProblems(draft, type),
    ...(type.required ?? []).flatMap((name) => (settings[name] === undefined ? [`${name} is required for ${type.id}.`] : [])),
    ...findAccountProblems(draft.secrets, type),
    ...(["tagsFilter", "prHideFilter"] as const).flatMap((name) =>
      isPattern(settings[name] ?? "") ? [] : [`${name} has to be a regular expression.`],
    ),
    ...(isRefSpecList(settings.refSpecCustom) ? [] : ["refSpecCustom has to be a list such as +refs/notes/*:refs/notes/*, with commas."]),
  ];
}

/** Nothing in it that would lead elsewhere than it seems to. */
const hostForm = /^https?:\/\/[^\s\p{Cc}/?#@\\]+(?:\/[^\s\p{Cc}?#\\]*)?$/iu;

/** In the form of either system, whichever the server runs on. */
const folderForm = /^(?:\/|[a-z]:[\\/]|\\\\[^\\/])[^\p{Cc}]*$/iu;

function findOriginProblems({ origin, settings: { apiPath = "" } }: GitIntegrationDraft, type: GitIntegrationType): GitProblems {
  if (origin === "") return [`origin is required for ${type.id}.`];
  if (type.isFolder) return folderForm.test(origin) ? [] : ["origin has to be an absolute path, such as /repos/* or D:\\repos\\*."];
  const url = hostForm.test(origin) ? parseHttpUrl(origin) : undefined;
  if (url === undefined) {
    return ["origin has to be a web address that begins with http:// or https://, without blanks, user name, query and fragment."];
  }
  return staysAt(url.origin, withoutTrailingSlashes(origin) + apiPath) && staysAt(url.origin, apiPath, origin)
    ? []
    : ["apiPath has to be a path that stays at the origin."];
}

/** However the two are put together. */
function staysAt(origin: string, address: string, base?: string): boolean {
  return URL.canParse(address, base) && new URL(address, base).origin === origin;
}

function findAccountProblems(secrets: GitSecrets, { id, accounts }: GitIntegrationType): GitProblems {
  if (accounts.length === 0 || accounts.some((form) => isGiven(form, secrets))) return [];
  if (accounts.length === 1) return missingOf(accounts[0] ?? "pat", secrets).map((name) => `${name} is required for ${id}.`);
  return [`${accounts.map((form) => formNames[form]).join(", or ")} are required for ${id}.`];
}

const formNames: Readonly<Record<GitAccountForm, string>> = {
  pat: "pat",
  password: "username and password",
  "pat for all": `username "${userForAll}" and pat`,
};

function isGiven(form: GitAccountForm, secrets: GitSecrets): boolean {
  return missingOf(form, secrets).length === 0 && (form !== "pat for all" || secrets.username === userForAll);
}

function missingOf(form: GitAccountForm, secrets: GitSecrets): readonly string[] {
  return namesIn(form).filter((name) => secrets[name] === undefined);
}

function namesIn(form: GitAccountForm): readonly (keyof GitSecrets)[] {
  return form === "password" ? ["username", "password"] : form === "pat" ? ["pat"] : ["username", "pat"];
}

/** It is only read here, which takes no long whatever it says. */
function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

/** "Refspecs" of Git's documentation: `[+]<source>:<destination>`, each with one star or none. */
function isRefSpecList(text = ""): boolean {
  if (text === "") return true;
  return text.split(",").every((each) => {
    const [source = "", destination = "", ...rest] = each.trim().replace(/^\+/, "").split(":");
    return rest.length === 0 && isRefPattern(source) && isRefPattern(destination) && starsIn(source) === starsIn(destination);
  });
}

function isRefPattern(text: string): boolean {
  return /^refs\/[^\s\p{Cc}~^?[\\:]+$/u.test(text) && !text.includes("..") && starsIn(text) <= 1;
}

function starsIn(text: string): number {
  return text.split("*").length - 1;
}

/** A change of an integration. */
export interface GitChange {
  readonly before: GitIntegrationDraft;
  readonly after: GitIntegrationDraft;
  readonly sent: SentGitIntegration;
}

/**
 * Secrets that a change, whose place fits, would take to another place than the one they were given for, although whoever makes it did not
 * show that they know them. Those of an account that does not count now are among them: another change may make it count.
 */
export function findTakenSecrets(change: GitChange, { isFolder, accounts }: GitIntegrationType): GitProblems {
  if (isFolder || !isMoved(change)) return [];
  const used = accounts.flatMap(namesIn);
  const taken = (["password", "pat"] as const).filter(
    (name) => used.includes(name) && change.after.secrets[name] !== undefined && change.sent.secrets[name] === undefined,
  );
  return taken.map((name) => `${name} is required where origin gets another scheme, host or port, or apiPath another value.`);
}

/** An origin that follows from a region was not typed, and needs no proof. */
function isMoved({ before, after, sent }: GitChange): boolean {
  const isElsewhere = sent.origin !== undefined && new URL(before.origin).origin !== new URL(after.origin).origin;
  return isElsewhere || before.settings.apiPath !== after.settings.apiPath;
}

/** Addresses in figures; names are judged when they are asked. */
export function judgeGitTarget(
  { origin }: Pick<GitIntegrationDraft, "origin">,
  { isFolder }: GitIntegrationType,
  http: Pick<HttpClient, "check">,
): GitProblems {
  if (isFolder) return [];
  try {
    http.check?.(origin);
    return [];
  } catch (error) {
    if (error instanceof RemoteError) return [`origin cannot be asked: ${error.message}`];
    throw error;
  }
}
