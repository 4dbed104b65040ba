import type { UserId } from "../../core/ids.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import { RecentMap } from "../../shared/recent-map.js";
import type { SiteAnswer } from "./rest-schema.js";

interface Whose {
  readonly person: UserId;
  /** The Atlassian account: theirs may become another while Jira Cloud is asked. Undefined where the login does not tell. */
  readonly account: string | undefined;
}

/** The sites of Jira Cloud that people's logins have been opened to. */
export interface KnownSites {
  /** @param ask asked when nothing newer than a minute is known of the account */
  of(whose: Whose, nowMs: number, ask: () => Promise<readonly SiteAnswer[]>): Promise<readonly SiteAnswer[]>;
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

interface Found extends Pick<Whose, "account"> {
  readonly atMs: number;
  readonly sites: readonly SiteAnswer[];
}

export function createKnownSites(): KnownSites {
  const known = new RecentMap<UserId, Found>(keptPeople);
  return {
    async of({ person, account }, nowMs, ask) {
      const before = known.get(person);
      if (before !== undefined && before.account === account && nowMs - before.atMs < goodForMs) return before.sites;
      const sites = await ask();
      known.set(person, { account, atMs: nowMs, sites });
      return sites;
    },
    forget: (person) => {
      known.delete(person);
    },
  };
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
