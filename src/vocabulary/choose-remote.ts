import type { RemoteKind } from "../core/registered-remote.js";

/** A remote as people choose it: registered over an API, or an `instance` that the configuration names. */
export interface ChoosableRemote {
  readonly kind: RemoteKind | "instance";
  /** Never given to another of its kind; instances have none. */
  readonly id?: number;
  /** Two may have the same. */
  readonly name: string;
}

/** What may stand between quotes in a command, and as code in an answer. */
const quotable = /^[^\p{Cc}\p{Zl}\p{Zp}"'`“”]+$/u;

/**
 * Those that a typed name means, which may be several: `connector/main` and `connector/#3` choose among one kind, `main` among all. Names
 * are compared exactly first, then without case.
 */
export function remotesCalled<Remote extends ChoosableRemote>(remotes: readonly Remote[], typed: string): readonly Remote[] {
  const [, kind, rest = ""] = /^([a-z]+)\/(.+)$/is.exec(typed) ?? [];
  const ofKind = kind === undefined ? [] : remotes.filter((remote) => remote.kind === kind.toLowerCase());
  const chosen = withId(ofKind, rest) ?? withName(ofKind, rest);
  return chosen.length > 0 ? chosen : withName(remotes, typed);
}

function withId<Remote extends ChoosableRemote>(remotes: readonly Remote[], typed: string): readonly Remote[] | undefined {
  const [, id] = /^#([1-9]\d{0,15})$/.exec(typed) ?? [];
  const found = id === undefined ? [] : remotes.filter((remote) => remote.id === Number(id));
  return found.length > 0 ? found : undefined;
}

function withName<Remote extends ChoosableRemote>(remotes: readonly Remote[], typed: string): readonly Remote[] {
  const exact = remotes.filter(({ name }) => name === typed);
  return exact.length > 0 ? exact : remotes.filter(({ name }) => name.toLowerCase() === typed.toLowerCase());
}

/**
 * What to type in place of the service's word to choose one remote among all that there are: `jira:connector/main`,
 * `"jira:connector/SD Elements"`, or `jira:connector/#3` where the name would not do.
 */
export function wordToChoose<Remote extends ChoosableRemote>(serviceWord: string, remote: Remote, remotes: readonly Remote[]): string {
  const { kind, id, name } = remote;
  const byName = `${kind}/${name}`;
  const [only, another] = remotesCalled(remotes, byName);
  const isMeant = only === remote && another === undefined && name.trim() === name && quotable.test(name);
  const word = `${serviceWord}:${isMeant || id === undefined ? byName : `${kind}/#${id}`}`;
  return /\s/.test(word) ? `"${word}"` : word;
}

/** How sentences call it: `connector main`; instances by their names alone, as they always were. */
export function remoteWords({ kind, name }: ChoosableRemote): string {
  return kind === "instance" ? name : `${kind} ${name}`;
}

/** What tells it from others in a list: `connector #3`. */
export function kindAndId({ kind, id }: ChoosableRemote): string {
  return id === undefined ? kind : `${kind} #${id}`;
}
