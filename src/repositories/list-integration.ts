import { RemoteError } from "../core/errors.js";
import type { IndexedIntegration } from "../core/ports/git-integrations.js";
import type { StoredRepository } from "../core/ports/repository-store.js";
import type { HostedRepository } from "../core/repository-host.js";
import { parseHttpUrl } from "../shared/url.js";
import { bounded, signalUntilEnd } from "./bounded.js";
import { cutText } from "./cut-text.js";
import { hostOf, placeOf, type IndexParts } from "./parts.js";
import type { Records } from "./records.js";

/** A page of a listing takes seconds; what takes longer hangs. */
const longestWaitMs = 5 * 60_000;
/** What lists more is most likely a host that gives one page for ever. */
const mostRepositories = 20_000;
const addedAtOnce = 500;
const longest = { name: 1024, description: 1024 } as const;

export type ListingEnd =
  | { readonly kind: "listed"; readonly added: number; readonly changed: number; readonly removed: number }
  | { readonly kind: "disabled" }
  /** The integration is not there any more, or points elsewhere. */
  | { readonly kind: "gone" };

interface ListingOptions {
  readonly parts: IndexParts;
  readonly records: Records;
  readonly integration: IndexedIntegration;
  readonly signal: AbortSignal;
}

/**
 * Asks the host which repositories an integration has, and stores what is new, has another name, or is there no more. Only a listing that came
 * to its end says that something is not there: after a failure nothing is removed.
 * @throws Stopped, RemoteError, StorageError and whatever the host throws
 */
export async function listIntegration({ parts, records, integration, signal }: ListingOptions): Promise<ListingEnd> {
  if (integration.isDisabled) return { kind: "disabled" };
  const listed = await askHost(parts, integration, signal);
  const missing = new Map(listed);
  let [changed, removed] = [0, 0];
  for await (const repository of repositoriesOf(parts, integration.id)) {
    const hosted = repository.place === placeOf(integration) ? listed.get(repository.hosted.id) : undefined;
    if (hosted === undefined || !missing.delete(hosted.id)) removed += await remove(parts, records, repository, integration);
    else if (!isSame(hosted, repository.hosted)) changed += await rename(parts, records, repository.id, hosted);
  }
  const added = await addAll(parts, integration, [...missing.values()], signal);
  return added === undefined ? { kind: "gone" } : { kind: "listed", added, changed, removed };
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

async function askHost(
  parts: IndexParts,
  integration: IndexedIntegration,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, HostedRepository>> {
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
  try {
    for await (const repository of bounded(host.list(access), { signal, clock: parts.clock, longestWaitMs })) {
      if (!listed.has(repository.id)) listed.set(repository.id, tidy(repository));
      if (listed.size > mostRepositories)
        throw new RemoteError(`More than ${mostRepositories} repositories were listed.`, { isFinal: true });
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

/** Unless the integration was removed or pointed elsewhere meanwhile: then the listing says nothing about it. */
async function remove(
  { integrations }: IndexParts,
  records: Records,
  { id, integrationId }: StoredRepository,
  asked: IndexedIntegration,
): Promise<number> {
  const integration = await integrations.get(integrationId);
  if (integration === undefined || placeOf(integration) !== placeOf(asked)) return 0;
  return (await records.remove(id)) ? 1 : 0;
}

/** @returns undefined when the integration was removed or pointed elsewhere meanwhile */
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
function addSome(
  { ids, integrations, repositories, unitOfWork }: IndexParts,
  asked: IndexedIntegration,
  found: readonly HostedRepository[],
): Promise<boolean> {
  const place = placeOf(asked);
  return ids.take(async (first, moveOn) => {
    const integration = await integrations.get(asked.id);
    if (integration === undefined || placeOf(integration) !== place) return false;
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
