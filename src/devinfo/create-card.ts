import type { DevinfoEntry, SubmittedRepository } from "../core/devinfo.js";
import { showEntry, type ShownDevinfo } from "../core/devinfo-entry.js";
import { projectKeyIn } from "../core/issue-keys.js";
import type { DevinfoOutcome } from "../core/ports/devinfo.js";
import { cardText } from "../vocabulary/card-text.js";
import type { CardEntity, CardRepository, DevinfoCard } from "../vocabulary/devinfo-card.js";
import type { Asked } from "./asking-rooms.js";
import { wordsOf, linkable, longestName } from "./entity-words.js";
import { newsFor } from "./news.js";
import { samenessOf, tellerOf, type Place } from "./sameness.js";

/** So many of a project's and type's newest entities have words; a room lists fewer, but may have heard of some. */
const mostWorded = 20;
/** So many issues of an entity are told: of as many projects as can be. */
const mostIssuesOfOne = 20;
/** No Jira has issues with longer keys; a key may have 511 characters. */
const longestKey = 100;

/** An entity that some room has not heard of, as far as that can be told here. */
interface News {
  readonly entry: DevinfoEntry;
  readonly issueKeys: readonly string[];
  /** Place of its repository in the outcome. */
  readonly repository: number;
}

/** @returns undefined where nothing of it is news that a room asks for */
export function createCard(provider: string, outcome: DevinfoOutcome, asked: Asked): DevinfoCard | undefined {
  const news = findNews(outcome, asked);
  if (news.length === 0) return undefined;
  const repositories = new Places<number>();
  const issueKeys = new Places<string>();
  const places = new Map<number, Place & { readonly name: string }>();
  const worded = new Map<string, number>();
  const entities = news.map(({ entry, issueKeys: keys, repository }): CardEntity => {
    const submitted = outcome.repositories[repository]?.repository;
    const place = places.get(repository) ?? readPlace(provider, submitted);
    places.set(repository, place);
    const shown = showEntry(entry);
    return {
      ...{ type: entry.type, sameness: samenessOf(shown, place), repository: repositories.of(repository) },
      ...{ issues: keys.map((key) => issueKeys.of(key)), sequence: String(entry.updateSequenceId), happenedAt: entry.happenedAt },
      ...(shown.type === "pull_request" ? { status: shown.entity.status } : {}),
      ...(isWorded(shown, keys, worded) ? { words: wordsOf(shown) } : {}),
    };
  });
  return { repositories: repositories.all.map((index) => toRepository(places.get(index))), issueKeys: issueKeys.all, entities };
}

/** The newest first; of one time in the order in which they were sent. */
function findNews({ repositories }: DevinfoOutcome, asked: Asked): readonly News[] {
  const news = repositories.flatMap(({ entries }, repository) =>
    entries.flatMap((recorded): readonly News[] => {
      const { entry, result } = recorded;
      if (result !== "stored") return [];
      const wanted = entry.issueKeys.filter((key) => key.length <= longestKey && asked.get(projectKeyIn(key))?.has(entry.type) === true);
      const issueKeys = wanted.length === 0 ? wanted : newsFor(recorded, wanted);
      return issueKeys.length === 0 ? [] : [{ entry, issueKeys: chosenOf(issueKeys), repository }];
    }),
  );
  return news.sort((left, right) => right.entry.happenedAt - left.entry.happenedAt);
}

/** One of each project goes first, so that every project's rooms hear of it. */
function chosenOf(issueKeys: readonly string[]): readonly string[] {
  if (issueKeys.length <= mostIssuesOfOne) return issueKeys;
  const firsts = new Map(issueKeys.toReversed().map((key) => [projectKeyIn(key), key]));
  const chosen = new Set([...firsts.values(), ...issueKeys]);
  return [...chosen].slice(0, mostIssuesOfOne);
}

function isWorded({ type }: ShownDevinfo, issueKeys: readonly string[], worded: Map<string, number>): boolean {
  let isWanted = false;
  for (const project of new Set(issueKeys.map(projectKeyIn))) {
    const name = `${type} ${project}`;
    const count = worded.get(name) ?? 0;
    worded.set(name, count + 1);
    isWanted ||= count < mostWorded;
  }
  return isWanted;
}

function readPlace(provider: string, repository: SubmittedRepository | undefined): Place & { readonly name: string } {
  if (repository === undefined) throw new TypeError("an entity without its repository");
  // Whoever submitted it judged the record by its schema.
  const { name, url } = JSON.parse(repository.json) as { readonly name: string; readonly url: string };
  return { provider, id: repository.id, name, url };
}

function toRepository(place: (Place & { readonly name: string }) | undefined): CardRepository {
  if (place === undefined) throw new TypeError("a repository that was not read");
  return { name: cardText(place.name, longestName), teller: tellerOf(place), ...linkable(place.url) };
}

/** Gives each value a place, the same one each time. */
class Places<Value> {
  readonly #places = new Map<Value, number>();

  of(value: Value): number {
    const place = this.#places.get(value) ?? this.#places.size;
    this.#places.set(value, place);
    return place;
  }

  get all(): readonly Value[] {
    return [...this.#places.keys()];
  }
}
