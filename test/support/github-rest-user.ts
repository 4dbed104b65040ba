import { GitHubRefusal, notFound, type GitHubAnswer } from "./github-answers.js";
import { installationJson, repositoryJson } from "./github-json.js";
import type { StandInGitHubAccount, StandInInstallation, StandInRepository } from "./github-records.js";
import { pageOf, type GitHubCall } from "./github-rest-call.js";
import { covers } from "./github-site.js";

/** The App's installations in which the person has something to see ("List app installations accessible to the user access token"). */
export function listInstallationsOfUser(call: GitHubCall): GitHubAnswer {
  const person = appUserOf(call);
  const reached = call.site.installations.filter((installation) => reaches(call, person, installation));
  const json = reached.map((installation) => installationJson(call.places, call.tokens.appId, installation));
  return pageOf(call, json, (installations) => ({ total_count: json.length, installations }));
}

/** Of an installation, those on which the person has a right of their own ("List repositories accessible to the user access token"). */
export function listRepositoriesOfInstallation(call: GitHubCall): GitHubAnswer {
  const person = appUserOf(call);
  const installation = call.site.installations.find(({ id }) => String(id) === call.parts[0]);
  if (installation === undefined || !reaches(call, person, installation)) throw notFound();
  if (installation.isSuspended) throw new GitHubRefusal(403, "This installation has been suspended");
  const json = repositoriesIn(call, person, installation).map((repository) => {
    const permission = repository.permissions.get(person.login) ?? "read";
    const permissions = { admin: permission === "admin", push: permission !== "read", pull: true };
    return { ...repositoryJson(call.places, repository), permissions };
  });
  const selection = installation.selected === undefined ? "all" : "selected";
  return pageOf(call, json, (repositories) => ({ total_count: json.length, repository_selection: selection, repositories }));
}

/** @throws GitHubRefusal for every token but those that people gave the App */
function appUserOf({ caller }: GitHubCall): StandInGitHubAccount {
  if (caller.kind === "person" && caller.isByApp === true) return caller.account;
  throw new GitHubRefusal(403, "You must authenticate with an access token authorized to a GitHub App in order to list installations");
}

function reaches(call: GitHubCall, person: StandInGitHubAccount, installation: StandInInstallation): boolean {
  return installation.account.id === person.id || repositoriesIn(call, person, installation).length > 0;
}

function repositoriesIn(
  { site }: GitHubCall,
  { login }: StandInGitHubAccount,
  installation: StandInInstallation,
): readonly StandInRepository[] {
  return site.repositories.filter((repository) => covers(installation, repository) && repository.permissions.has(login));
}
