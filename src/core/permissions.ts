import type { KnownRemote } from "./registered-remote.js";
import { serverOf, type RoomId, type UserId } from "./ids.js";

/** Levels of `permissions[]` in the configuration, lowest first; each includes those before it (reference 1.8). */
export const permissionLevels = ["commands", "login", "notifications", "manageConnections", "admin"] as const;

export type PermissionLevel = (typeof permissionLevels)[number];

export interface PermissionRule {
  /** `@user:server`, a server name, `!room…` for its joined members, or `*`. */
  readonly actor: string;
  readonly services: readonly {
    /** A service name as the configuration writes it; absent or `*` means all. */
    readonly service?: string;
    readonly level: PermissionLevel;
  }[];
}

/** A rule of `registry.allow`. */
export interface RemoteRule {
  /** As in `PermissionRule`. */
  readonly actor: string;
  /** `<kind>/<name>`, `<kind>/#<id>`, `<kind>/*` or `*`. */
  readonly remotes: readonly string[];
}

/** Joined members of a room that a rule names; undefined while they are not known, and then nobody matches it. */
export type MembersOf = (roomId: RoomId) => ReadonlySet<UserId> | undefined;

/** Whether a rule's actor means the person. */
export function matchesActor(actor: string, user: UserId, membersOf: MembersOf): boolean {
  if (actor === "*" || actor === user || actor === serverOf(user)) return true;
  // A room actor: the cast follows from the sigil.
  return actor.startsWith("!") && (membersOf(actor as RoomId)?.has(user) ?? false);
}

/** What patterns of `RemoteRule.remotes` look like. */
export const remotePatternForms =
  "`<kind>/<name>`, `<kind>/#<id>`, `<kind>/*`, or `*` for all; kinds are connector, integration and ticketing";

export function isRemotePattern(text: string): boolean {
  return /^(?:\*|(?:connector|integration|ticketing)\/.+)$/s.test(text);
}

/** Whether a pattern of `RemoteRule.remotes` means the remote. Who calls one `#5` does not make it the one with that id. */
export function matchesRemote(pattern: string, { kind, id, name }: Pick<KnownRemote, "kind" | "id" | "name">): boolean {
  if (["*", `${kind}/*`, `${kind}/#${id}`].includes(pattern)) return true;
  return pattern === `${kind}/${name}` && !/^#\d+$/.test(name);
}

/** Who may do what. */
export interface Permissions {
  /** @param service the service's permission name, for example `jira` */
  allows(user: UserId, service: string, level: PermissionLevel): boolean;
  allowsAnywhere(user: UserId, level: PermissionLevel): boolean;
}

/** Any rule that matches grants; none denies. */
export function createPermissions(rules: readonly PermissionRule[], membersOf: MembersOf): Permissions {
  function find(user: UserId, level: PermissionLevel, service?: string): boolean {
    const needed = permissionLevels.indexOf(level);
    return rules.some(
      (rule) =>
        rule.services.some(
          (entry) =>
            permissionLevels.indexOf(entry.level) >= needed &&
            (service === undefined || entry.service === undefined || entry.service === "*" || entry.service === service),
        ) && matchesActor(rule.actor, user, membersOf),
    );
  }
  return {
    allows: (user, service, level) => find(user, level, service),
    allowsAnywhere: (user, level) => find(user, level),
  };
}
