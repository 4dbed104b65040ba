import type { IssuePage } from "../../core/ports/devinfo.js";

type FoundEntry = IssuePage["entries"][number];

/**
 * A page of an issue as JSON. Entities are taken over as the texts that they are: a parser would lose digits of their sequences.
 * @param next undefined on the last page
 */
export function showIssue(key: string, entries: readonly FoundEntry[], next: string | undefined): Buffer {
  const repositories = new Map<string, string>();
  const entities = entries.map((entry) => showEntity(entry, repositories)).join(",");
  return Buffer.from(`{"key":${JSON.stringify(key)},"entities":[${entities}],"next":${JSON.stringify(next ?? null)}}`);
}

/** @param shown repositories by their records, which most entities of an issue share */
function showEntity({ type, provider, repository, json }: FoundEntry, shown: Map<string, string>): string {
  const place = shown.get(repository.json) ?? showRepository(repository);
  shown.set(repository.json, place);
  // An entity has an id at least, so something follows its brace.
  return `{"type":${JSON.stringify(type)},"provider":${JSON.stringify(provider)},"repository":${place},${json.slice(1)}`;
}

function showRepository({ id, json }: FoundEntry["repository"]): string {
  // Whoever stored it judged the record by its schema.
  const { name, url } = JSON.parse(json) as { readonly name: string; readonly url: string };
  return JSON.stringify({ id, name, url });
}
