import { createHash } from "node:crypto";
import type { DevinfoCommit, DevinfoPullRequest, DevinfoRepository } from "../core/devinfo.js";
import type { ShownDevinfo } from "../core/devinfo-entry.js";
import { baseUrl, parseHttpUrl } from "../shared/url.js";

/*
 * Two providers may tell of one thing, each under ids of its own: a room hears of it once. What is one thing is told by what the thing itself
 * has: the hash of a commit, the page of a pull request, the repository's page and the name of a branch.
 */

/** Where an entity is, as its repository's record says. */
export type Place = Pick<DevinfoRepository, "id" | "url"> & { readonly provider: string };

/** Equal for what is one thing, whoever tells of it. Of one form and length, without blanks. */
export function samenessOf(shown: ShownDevinfo, place: Place): string {
  switch (shown.type) {
    case "commit":
      return `c${digest(commitName(shown.entity, place))}`;
    case "branch":
      return `b${digest([repositoryName(place), shown.entity.name])}`;
    case "pull_request":
      return `p${digest(pullRequestName(shown.entity, place))}`;
  }
}

/** Equal for what one provider tells of one repository. */
export function tellerOf({ provider, id }: Pick<Place, "provider" | "id">): string {
  return digest([provider, id]);
}

/** Whole or short. What has digits only is a number unless it is as long as a hash. @param name in lower case */
export function isCommitHash(name: string): boolean {
  return /^(?=[0-9]*[a-f])[0-9a-f]{7,128}$|^[0-9]{40}$/.test(name);
}

/** A hash is one thing in every repository; a number, as of Subversion, is not. */
function commitName({ id, hash }: DevinfoCommit, place: Place): readonly string[] {
  const name = (hash === undefined || hash === "" ? id : hash).toLowerCase();
  return isCommitHash(name) ? [name] : [repositoryName(place), name];
}

/** Pull requests without a page of their own may all name the repository's: their numbers tell them apart. */
function pullRequestName({ id, url, displayId }: DevinfoPullRequest, place: Place): readonly string[] {
  const page = pageName(url);
  const [number = ""] = /[0-9]{1,32}$/.exec(displayId) ?? [];
  return page === undefined ? [repositoryName(place), id] : [page, number === "" ? id : number];
}

function repositoryName({ provider, id, url }: Place): string {
  return pageName(url)?.replace(/\.git$/, "") ?? `${provider} ${id}`;
}

/** Schemes are not compared, nor the case of letters, for which no host cares. */
function pageName(url: string): string | undefined {
  const page = parseHttpUrl(url);
  return (
    page &&
    baseUrl(page)
      .replace(/^https?:/, "")
      .toLowerCase()
  );
}

function digest(parts: readonly string[]): string {
  // As good as unique: 132 bits.
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}
