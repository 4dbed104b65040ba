import { RemoteError } from "../core/errors.js";
import type { IndexedIntegration } from "../core/ports/git-integrations.js";
import type { StoredRepository } from "../core/ports/repository-store.js";
import type { HostedRepository } from "../core/repository-host.js";
import { parseHttpUrl } from "../shared/url.js";
import { bounded, signalUntilEnd } from "./bounded.js";
import { cutText } from "../vocabulary/cut-text.js";
import { hostOf, placeOf, type IndexParts } from "./parts.js";
import type { Records } from "./records.js";

/** A page of a listing takes seconds; what takes longer hangs. */
const longestWaitMs = 5 * 60_000;
/** What lists more is most likely a host that gives one page for ever. */
const mostRepositories = 20_000;
const addedAtOnce = 500;
/** So many come before we look again whether the integration is still to be listed. */
const listedBetweenLooks = 100;
const longest = { name: 1024, description: 1024 } as const;

export type ListingEnd =
  | { readonly kind: "listed"; readonly added: number; readonly changed: number; readonly removed: number }
  | { readonly kind: "disabled" }
  /** The integration is not there any more, points elsewhere, or was disabled meanwhile. */
  | { readonly kind: "gone" };

interface ListingOptions {
  readonly parts: IndexParts;
  readonly records: Records;
  readonly integration: IndexedIntegration;
  /** Somebody wants it listed just now. */
  readonly isAskedFor: boolean;
  readonly signal: AbortSignal;
}

type Listed = ReadonlyMap<string, HostedRepository>;

/** A stored repository that a listing leaves no place for. */
interface Lost {
  readonly id: number;
  readonly hostedId: string;
  /** It was not listed. Otherwise it was found elsewhere, or is there twice. */
  readonly isUnlisted: boolean;
}

/**
 * Asks the host which repositories an integration has, and stores what is new, has another name, or is there no more. Only a listing that came
 * to its end says that something is not there: after a failure nothing is removed.
 * @throws Stopped, RemoteError, StorageError and whatever the host throws
 */
export async function listIntegration(options: ListingOptions): Promise<ListingEnd> {
  const { parts, records, integration, signal } = options;
  if (integration.isDisabled) return { kind: "disabled" };
  const listed = await askHost(options);
  if (listed === undefined) return { kind: "gone" };
  const missing = new Map(listed);
  const lost: Lost[] = [];
  let [changed, removed] = [0, 0];
  for await (const { id, place, hosted: before } of repositoriesOf(parts, integration.id)) {
    const isHere = place === placeOf(integration);
    const hosted = isHere ? listed.get(before.id) : undefined;
    if (hosted === undefined || !missing.delete(hosted.id))
      lost.push({ id, hostedId: before.id, isUnlisted: isHere && hosted === undefined });
    else if (!isSame(hosted, before)) changed += await rename(parts, records, id, hosted);
  }
  for (const { id } of await withoutDoubtful(lost, listed, options)) removed += await remove(parts, records, id, integration);
  const added = await addAll(parts, integration, [...missing.values()], signal);
  return added === undefined ? { kind: "gone" } : { kind: "listed", added, changed, removed };
}

/**
 * What is lost for sure. Where repositories are listed page by page and one goes meanwhile, another moves to a page that was read before: so what
 * was not listed is lost if it is not listed a second time either. And a host that lists none at all is believed only when somebody asks for it:
 * a disk may not be there for a while, or an account see less than before.
 * @throws RemoteError when none was listed, and what `askHost` throws
 */
async function withoutDoubtful(lost: readonly Lost[], listed: Listed, options: ListingOptions): Promise<readonly Lost[]> {
  if (!lost.some(({ isUnlisted }) => isUnlisted)) return lost;
  if (listed.size === 0 && !options.isAskedFor) {
    throw new RemoteError(
      "No repository is listed any more. Those that were found stay, in case it is a mistake, until a reindex is asked for.",
    );
  }
  const again = await askHost(options);
  return lost.filter(({ hostedId, isUnlisted }) => !isUnlisted || again?.has(hostedId) === false);
}

/** All of an integration, page by page: each page is read when the one before it is done with. */
export async function* repositoriesOf(
  { repositories }: Pick<IndexParts, "repositories">,
  integrationId: number,
): AsyncGenerator<StoredRepository> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = await repositories.list(integrationId, after, addedAtOnce);
    yield* page;
    after = page.at(-1)?.id;
  }
}

/** @returns undefined once the integration is not to be listed any more */
async function askHost({ parts, integration, signal }: ListingOptions): Promise<Listed | undefined> {
  const host = hostOf(parts, integration);
  if (host === undefined) throw new RemoteError("Repositories of this type of host cannot be listed by this version.", { isFinal: true });
  const { remote } = integration;
  const ending = signalUntilEnd(signal);
  const access = {
    ...{ remote, http: parts.clientFor(remote) },
    signal: ending.signal,
    now: () => parts.clock.now(),
  };
  const listed = new Map<string, HostedRepository>();
  let count = 0;
  try {
    for await (const repository of bounded(host.list(access), { signal, clock: parts.clock, longestWaitMs })) {
      count += 1;
      if (count % listedBetweenLooks === 0 && !(await isStillWanted(parts, integration))) return undefined;
      if (!listed.has(repository.id)) listed.set(repository.id, tidy(repository));
      if (count > mostRepositories) throw new RemoteError(`More than ${mostRepositories} repositories were listed.`, { isFinal: true });
    }
    return listed;
  } finally {
    ending.end();
  }
}

/** What people and answers are shown of it: without credentials, and of a size that can be kept. */
function tidy({ id, name, root, url, description }: HostedRepository): HostedRepository {
  return {
    id,
    name: cutText(name, longest.name),
    root: withoutCredentials(root),
    ...(url === undefined ? {} : { url: withoutCredentials(url) }),
    ...(description === undefined ? {} : { description: cutText(description, longest.description) }),
  };
}

function withoutCredentials(address: string): string {
  const url = parseHttpUrl(address);
  if (url === undefined || (url.username === "" && url.password === "")) return address;
  url.username = "";
  url.password = "";
  return url.href;
}

function isSame(left: HostedRepository, right: HostedRepository): boolean {
  return (["name", "root", "url", "description"] as const).every((member) => left[member] === right[member]);
}

async function rename({ repositories }: IndexParts, records: Records, id: number, hosted: HostedRepository): Promise<number> {
  return (await records.change(id, (repository) => [repositories.put({ ...repository, hosted })])) ? 1 : 0;
}

async function remove(parts: IndexParts, records: Records, id: number, asked: IndexedIntegration): Promise<number> {
  return (await isStillWanted(parts, asked)) && (await records.remove(id)) ? 1 : 0;
}

/** False when the integration was removed, pointed elsewhere or disabled meanwhile: then the listing says nothing about it. */
async function isStillWanted({ integrations }: Pick<IndexParts, "integrations">, asked: IndexedIntegration): Promise<boolean> {
  const integration = await integrations.get(asked.id);
  return integration !== undefined && !integration.isDisabled && placeOf(integration) === placeOf(asked);
}

/** @returns undefined when the integration is not to be listed any more */
async function addAll(
  parts: IndexParts,
  asked: IndexedIntegration,
  found: readonly HostedRepository[],
  signal: AbortSignal,
): Promise<number | undefined> {
  for (let start = 0; start < found.length && !signal.aborted; start += addedAtOnce) {
    if (!(await addSome(parts, asked, found.slice(start, start + addedAtOnce)))) return undefined;
  }
  return found.length;
}

/** With ids of the integrations' own sequence: nobody can remove the integration while they are taken. */
function addSome(parts: IndexParts, asked: IndexedIntegration, found: readonly HostedRepository[]): Promise<boolean> {
  const { ids, repositories, unitOfWork } = parts;
  const place = placeOf(asked);
  return ids.take(async (first, moveOn) => {
    if (!(await isStillWanted(parts, asked))) return false;
    const added = found.map((hosted, index) =>
      repositories.add({
        ...{ id: first + index, integrationId: asked.id, place, hosted, isDisabled: false, sequence: 0, generation: 0 },
        ...{ counts: { commits: 0, branches: 0, tags: 0, pullRequests: 0 }, told: [] },
      }),
    );
    await unitOfWork.commit([moveOn(found.length), ...added.flat()]);
    return true;
  });
}
