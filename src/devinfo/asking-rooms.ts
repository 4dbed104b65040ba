import type { Connection } from "../core/connection.js";
import { devinfoEntityTypes, type DevinfoEntityType } from "../core/devinfo.js";
import type { IssueKeys } from "../core/issue-keys.js";

/** Where announcements look for rooms. */
export interface RoomDirectory {
  /** Kinds of connections to projects whose issues have keys, by their services. */
  readonly kinds: readonly KindWithIssues[];
  /** Active connections that listen to the key. Costs what it returns. */
  byRoutingKey(serviceId: string, key: string): Promise<readonly Connection[]> | readonly Connection[];
  /** True while rooms are read for the first time: what is not found may be in one of them. */
  isFirstReading(): boolean;
}

export interface KindWithIssues {
  readonly serviceId: string;
  readonly kindId: string;
  readonly issueKeys: Pick<IssueKeys<unknown>, "routingKey" | "announced">;
}

/** What rooms ask for: types of entities by project. Projects that none asks for are absent. */
export type Asked = ReadonlyMap<string, ReadonlySet<DevinfoEntityType>>;

const everything: ReadonlySet<DevinfoEntityType> = new Set(devinfoEntityTypes);

/** One look-up for each project. */
export async function askedOf(serviceId: string, projects: readonly string[], directory: RoomDirectory): Promise<Asked> {
  if (directory.isFirstReading()) return new Map(projects.map((project) => [project, everything]));
  const asked = new Map<string, ReadonlySet<DevinfoEntityType>>();
  for (const project of projects) {
    const types = new Set<DevinfoEntityType>();
    for (const { kindId, issueKeys } of directory.kinds.filter((kind) => kind.serviceId === serviceId)) {
      const found = directory.byRoutingKey(serviceId, issueKeys.routingKey(project));
      // The usual case, on the way of every submission: the answer is in memory.
      const connections = found instanceof Promise ? await found : found;
      for (const connection of connections) {
        if (connection.kindId !== kindId) continue;
        for (const type of issueKeys.announced(connection.state)) types.add(type);
      }
    }
    if (types.size > 0) asked.set(project, types);
  }
  return asked;
}
