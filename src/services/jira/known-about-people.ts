import type { UserId } from "../../core/ids.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import { RecentMap } from "../../shared/recent-map.js";
import type { SiteAnswer } from "./rest-schema.js";

/** The sites of Jira Cloud that people's logins have been opened to. */
export interface KnownSites {
  /** @param ask asked when nothing newer than a minute is known */
  of(person: UserId, nowMs: number, ask: () => Promise<readonly SiteAnswer[]>): Promise<readonly SiteAnswer[]>;
  /** For when their login becomes another one. */
  forget(person: UserId): void;
}

/** Who people are at a Jira, where their login does not tell. */
export interface KnownUsers {
  of(person: UserId, url: string, ask: () => Promise<TrackerUser>): Promise<TrackerUser>;
  forget(person: UserId): void;
}

/** As long as Hookshot does (reference 6.2): a site that the person has added since is there within it. */
const goodForMs = 60_000;
const keptPeople = 500;

interface Found {
  readonly atMs: number;
  readonly sites: readonly SiteAnswer[];
}

export function createKnownSites(): KnownSites {
  const known = new RecentMap<UserId, Found>(keptPeople);
  return {
    async of(person, nowMs, ask) {
      const before = known.get(person);
      if (before !== undefined && nowMs - before.atMs < goodForMs) return before.sites;
      const sites = onlyJiras(await ask());
      known.set(person, { atMs: nowMs, sites });
      return sites;
    },
    forget: (person) => {
      known.delete(person);
    },
  };
}

/** A site is listed for each product; those of others than Jira have no scope of Jira's. */
export function onlyJiras(sites: readonly SiteAnswer[]): readonly SiteAnswer[] {
  const jiras = sites.filter(({ scopes }) => !scopes || scopes.some((scope) => scope.includes("jira")));
  return [...new Map(jiras.map((site) => [site.id, site])).values()];
}

export function createKnownUsers(): KnownUsers {
  const known = new RecentMap<UserId, ReadonlyMap<string, TrackerUser>>(keptPeople);
  return {
    async of(person, url, ask) {
      const user = known.get(person)?.get(url) ?? (await ask());
      known.set(person, new Map([...(known.get(person) ?? []), [url, user]]));
      return user;
    },
    forget: (person) => {
      known.delete(person);
    },
  };
}
