import { isLogin, repositoryName, type IssueName, type RepositoryName } from "./repository-name.js";

/** What the aliases of all our rooms begin with. */
export const aliasPrefix = "github_";
const discussionsPrefix = "disc_";

/** Each reading costs a request at GitHub. */
const mostReadings = 8;

/** What an alias may stand for: names of repositories may hold what stands between the parts. */
export interface AliasReadings {
  readonly issues: readonly IssueName[];
  readonly discussionSpaces: readonly RepositoryName[];
  readonly discussions: readonly IssueName[];
  readonly repositories: readonly RepositoryName[];
  readonly users: readonly string[];
}

/** All that the alias's localpart may mean, the likeliest of each kind first (Hookshot reference 2.5). */
export function readAlias(localpart: string): AliasReadings {
  const name = localpart.slice(aliasPrefix.length);
  const ofDiscussions = name.startsWith(discussionsPrefix) ? name.slice(discussionsPrefix.length) : undefined;
  return {
    issues: numbered(name),
    discussionSpaces: ofDiscussions === undefined ? [] : splits(ofDiscussions),
    discussions: ofDiscussions === undefined ? [] : numbered(ofDiscussions),
    repositories: splits(name),
    users: isLogin(name) ? [name] : [],
  };
}

/** `<owner>_<repo>_<number>` */
function numbered(text: string): readonly IssueName[] {
  const [, names = "", digits = ""] = /^(.+)_([1-9]\d{0,9})$/.exec(text) ?? [];
  return splits(names).map((repository) => ({ ...repository, number: Number(digits) }));
}

/** `<owner>_<repo>`: an owner in GitHub's cloud seldom holds the separator, so short ones go first. */
function splits(text: string): readonly RepositoryName[] {
  const found: RepositoryName[] = [];
  for (let at = text.indexOf("_"); at >= 0 && found.length < mostReadings; at = text.indexOf("_", at + 1)) {
    const name = repositoryName(text.slice(0, at), text.slice(at + 1));
    if (name !== undefined) found.push(name);
  }
  return found;
}
