import { matchesRemote } from "../core/permissions.js";
import type { KnownRemote, RemoteKind } from "../core/registered-remote.js";
import type { FindingsReport, ReportResult } from "./finding.js";

/** Where registered remotes are found. */
export interface TargetDirectory {
  /** @param typed a name, or `#` and an id; several may have one name */
  find(kind: RemoteKind, typed: string): Promise<readonly KnownRemote[]>;
}

/** What was registered to make issues in. */
const targetKinds = ["connector", "ticketing"] as const satisfies readonly RemoteKind[];

/** Nothing is done. */
export type Refusal = Exclude<ReportResult, { readonly kind: "done" }>;

export type TargetFound = { readonly kind: "found"; readonly target: KnownRemote } | Refusal;

/** The remote that a report names. Who may use some only learns of no others, not even whether they are there. */
export async function findTarget({ target: typed, onlyTargets }: FindingsReport, directory: TargetDirectory): Promise<TargetFound> {
  const [, kindWord, name = ""] = /^([a-z]+)\/(.+)$/s.exec(typed) ?? [];
  const kind = targetKinds.find((known) => known === kindWord);
  if (kind === undefined) return refusedTarget(`It must be one of ${targetKinds.map((known) => `${known}/<name>`).join(" and ")}.`);
  const known = await directory.find(kind, name);
  const allowed =
    onlyTargets === undefined ? known : known.filter((remote) => onlyTargets.some((pattern) => matchesRemote(pattern, remote)));
  const [target, another] = allowed;
  if (target === undefined) {
    const mayKnow = onlyTargets?.some((pattern) => [typed, `${kind}/*`, "*"].includes(pattern)) ?? true;
    return mayKnow ? noSuchTarget : notAllowed;
  }
  if (another !== undefined) {
    const choices = allowed.slice(0, 10).map(({ id }) => `${kind}/#${id}`);
    return refusedTarget(`Several are called so; name one of ${choices.join(", ")}.`);
  }
  if (target.isInaccessible === true) return refusedTarget("It is marked as inaccessible from this server.");
  return { kind: "found", target };
}

/** Whether the remote serves the project: what it names, `<owner>/*` being all of an owner's. */
export function servesProject({ projects }: Pick<KnownRemote, "projects">, project: string): boolean {
  if (projects === undefined) return true;
  const wanted = project.toLowerCase();
  return projects.some((served) => {
    const own = served.toLowerCase();
    return own === wanted || (own.endsWith("/*") && wanted.startsWith(own.slice(0, -1)));
  });
}

const notAllowed = { kind: "not allowed" } as const;

export const noSuchTarget: Refusal = { kind: "refused", member: "target", reason: "There is no such target." };

export function refusedTarget(reason: string): Refusal {
  return { kind: "refused", member: "target", reason };
}
