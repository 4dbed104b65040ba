import { gitIntegrationsProvider, webhooksProviderPrefix, type DevinfoEntityType, type DevinfoSubmission } from "../core/devinfo.js";
import type { DevinfoOutcome, EntityAddress, RecordedRepository, SubmissionDetails } from "../core/ports/devinfo.js";
import { entityPath } from "../vocabulary/devinfo-paths.js";
import { withoutToken } from "./without-token.js";

/** A request that changes the same at another site. */
export type CopiedRequest = { readonly kind: "bulk"; readonly body: Buffer } | { readonly kind: "delete"; readonly pathAndQuery: string };

/** Of one request (Development Information API 0.10). */
const mostRepositories = 100;
const mostEntities = 1_000;

const arrayNames: readonly (readonly [DevinfoEntityType, string])[] = [
  ["commit", "commits"],
  ["branch", "branches"],
  ["pull_request", "pullRequests"],
];

/**
 * What a submission asks of other sites. One that came through the API is asked as it was sent, whatever became of it here: the other site has
 * data of its own. What we read ourselves is put together from what it changed here, since it is read over and over.
 */
export function copySubmission(submission: DevinfoSubmission, outcome: DevinfoOutcome, about: SubmissionDetails): readonly CopiedRequest[] {
  // Of a request in which nothing was good nothing is to be copied.
  if (about.request !== undefined) return submission.repositories.length === 0 ? [] : [{ kind: "bulk", body: about.request.body }];
  if (!isOwn(submission.provider)) return [];
  return [...(outcome.removed ?? []).map(copyRemoval), ...writeBodies(submission, outcome.repositories)];
}

export function copyDelete(pathAndQuery: string): CopiedRequest {
  return { kind: "delete", pathAndQuery: withoutToken(pathAndQuery) };
}

function isOwn(provider: string): boolean {
  return provider === gitIntegrationsProvider || provider.startsWith(webhooksProviderPrefix);
}

function copyRemoval(address: EntityAddress): CopiedRequest {
  return { kind: "delete", pathAndQuery: entityPath(address) };
}

/** A part of a repository that fits into a request. */
interface Part {
  readonly record: RecordedRepository;
  readonly entries: RecordedRepository["entries"];
}

function writeBodies(submission: DevinfoSubmission, repositories: readonly RecordedRepository[]): readonly CopiedRequest[] {
  return fill(repositories.flatMap(partsOf)).map((parts) => ({ kind: "bulk", body: Buffer.from(writeBody(submission, parts)) }));
}

function partsOf(record: RecordedRepository): readonly Part[] {
  const stored = record.entries.filter(({ result }) => result === "stored");
  if (stored.length === 0) return record.result === "stored" ? [{ record, entries: [] }] : [];
  const count = Math.ceil(stored.length / mostEntities);
  return Array.from({ length: count }, (_, index) => ({
    record,
    entries: stored.slice(index * mostEntities, (index + 1) * mostEntities),
  }));
}

/** Into as few requests as hold them in this order. Parts of one repository are never in one: a request names a repository once. */
function fill(parts: readonly Part[]): readonly (readonly Part[])[] {
  const requests: Part[][] = [];
  let [repositories, entities] = [0, 0];
  for (const part of parts) {
    const last = requests.at(-1);
    const fits = repositories < mostRepositories && entities + part.entries.length <= mostEntities && last?.at(-1)?.record !== part.record;
    if (last === undefined || !fits) {
      requests.push([part]);
      [repositories, entities] = [1, part.entries.length];
      continue;
    }
    last.push(part);
    repositories += 1;
    entities += part.entries.length;
  }
  return requests;
}

/** From texts: sequences are int64, which JSON of JavaScript cannot write. */
function writeBody({ properties, isBackfill, preventTransitions }: DevinfoSubmission, parts: readonly Part[]): string {
  const tags = properties === undefined ? "" : `,"properties":${JSON.stringify(properties)}`;
  const operation = `"preventTransitions":${String(preventTransitions)},"operationType":"${isBackfill ? "BACKFILL" : "NORMAL"}"`;
  return `{"repositories":[${parts.map(writeRepository).join(",")}],${operation}${tags}}`;
}

function writeRepository({ record: { repository }, entries }: Part): string {
  const arrays = arrayNames.map(([type, name]) => {
    const texts = entries.flatMap(({ entry }) => (entry.type === type ? [entry.json] : []));
    return `"${name}":[${texts.join(",")}]`;
  });
  const sequence = `"updateSequenceId":${String(repository.updateSequenceId)}`;
  return `{${[sequence, ...arrays].join(",")},${repository.json.slice(1)}`;
}
