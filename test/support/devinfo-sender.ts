import type { DevinfoEntityType } from "../../src/core/devinfo.js";
import type { Random } from "../../src/shared/random.js";
import { branch, bulk, commit, pullRequest, repository, type Sent } from "./devinfo-samples.js";

/** Entities by `repository type id`, each with `sequence issue keys`. */
export type KnownEntities = ReadonlyMap<string, string>;

interface DevinfoRequest {
  readonly method: "POST" | "DELETE";
  /** Below the API's prefix. */
  readonly path: string;
  readonly body?: string;
}

/** A request, and what is stored when it was carried out. */
interface Step {
  readonly request: DevinfoRequest;
  readonly after: KnownEntities;
  /** What a delete with a sequence removes: it may come late, and must stay away. */
  readonly buried: KnownEntities;
}

type Entity = readonly [place: string, value: string];

const types: readonly DevinfoEntityType[] = ["commit", "branch", "pull_request"];
export const sharedRepositories = ["shared-1", "shared-2"];
export const sentIssueKeys = ["PLAY-1", "PLAY-2", "PLAY-3", "PLAY-4", "WEB-1", "WEB-11", "A_B-1"];

/**
 * One of several tools that send at once. It puts entities of its own into repositories that all of them share, and has two repositories for
 * itself, which it deletes too: one is so large that it is cleaned away behind. Sequences of what it sends only rise, but for what comes late.
 */
export class DevinfoSender {
  readonly #name: string;
  readonly #random: Random;
  #stored: KnownEntities = new Map();
  #buried: KnownEntities = new Map();
  #unanswered: Step | undefined;
  #sequence = 0;
  #highestId = 0;
  acknowledged = 0;

  /** @param name letters and figures */
  constructor(name: string, random: Random) {
    this.#name = name;
    this.#random = random;
  }

  /** What must be stored. */
  get stored(): KnownEntities {
    return this.#stored;
  }

  get isUnanswered(): boolean {
    return this.#unanswered !== undefined;
  }

  get repositories(): readonly string[] {
    return [`own-${this.#name}`, `large-${this.#name}`];
  }

  /** Gives the next request, which `acknowledge` or `settle` has to follow. */
  next(): DevinfoRequest {
    this.#sequence += 1;
    this.#unanswered = this.#choose();
    return this.#unanswered.request;
  }

  acknowledge(): void {
    if (this.#unanswered === undefined) return;
    const { after, buried } = this.#unanswered;
    this.#stored = after;
    this.#buried = new Map([...this.#buried, ...buried]);
    this.#unanswered = undefined;
    this.acknowledged += 1;
  }

  /**
   * Takes what is stored after a kill: all that was acknowledged, and the request without an answer as a whole or not at all.
   * @param all of all senders
   * @returns what is wrong with it
   */
  settle(all: KnownEntities): readonly string[] {
    const own = new Map([...all].filter(([place]) => place.includes(` ${this.#name}-`)));
    if (this.#unanswered !== undefined && differences(own, this.#unanswered.after).length === 0) this.acknowledge();
    this.#unanswered = undefined;
    return differences(own, this.#stored);
  }

  #choose(): Step {
    const [own = "", large = ""] = this.repositories;
    const dice = this.#random.fraction();
    if (dice < 0.3) return this.#submit(this.#fresh(this.#pick([...sharedRepositories, own]) ?? own, 1 + this.#upTo(40)));
    if (dice < 0.4) return this.#submit(this.#fresh(large, 900));
    if (dice < 0.6) return this.#submit(this.#changed(1 + this.#upTo(30)));
    if (dice < 0.7) return this.#late();
    if (dice < 0.8) return this.#deleteEntity();
    const limit = this.#limit();
    const isInOne = (repositoryId: string, place: string): boolean => place.startsWith(`${repositoryId} `);
    const id = this.#pick([own, large]) ?? own;
    if (dice < 0.92) return this.#delete(`/repository/${id}`, (place) => isInOne(id, place), limit);
    return this.#delete(`/bulkByProperties?sender=${this.#name}`, (place) => isInOne(own, place) || isInOne(large, place), limit);
  }

  #submit(entities: readonly Entity[]): Step {
    return { request: this.#toRequest(entities, this.#sequence), after: new Map([...this.#stored, ...entities]), buried: new Map() };
  }

  /** Sends again what was deleted, as it was: nothing comes of it. */
  #late(): Step {
    const entity = this.#pick([...this.#buried]);
    const request = this.#toRequest(entity === undefined ? [] : [entity], entity === undefined ? this.#sequence : sequenceOf(entity[1]));
    return { request, after: this.#stored, buried: new Map() };
  }

  #deleteEntity(): Step {
    const place = this.#pick([...this.#stored.keys()]) ?? `${sharedRepositories[0] ?? ""} commit ${this.#name}-none`;
    return this.#delete(`/repository/${place.replaceAll(" ", "/")}`, (other) => other === place, this.#limit());
  }

  #delete(path: string, isMeant: (place: string) => boolean, limit: number | undefined): Step {
    const isGone = ([place, value]: Entity): boolean => isMeant(place) && (limit === undefined || sequenceOf(value) <= limit);
    const query = limit === undefined ? "" : `${path.includes("?") ? "&" : "?"}_updateSequenceId=${limit}`;
    const entities = [...this.#stored];
    return {
      request: { method: "DELETE", path: path + query },
      after: new Map(entities.filter((entity) => !isGone(entity))),
      buried: new Map(limit === undefined ? [] : entities.filter(isGone)),
    };
  }

  #fresh(repositoryId: string, count: number): readonly Entity[] {
    return Array.from({ length: count }, () => {
      this.#highestId += 1;
      const type = types[this.#highestId % types.length] ?? "commit";
      return [`${repositoryId} ${type} ${this.#name}-${this.#highestId}`, this.#value()] as const;
    });
  }

  #changed(count: number): readonly Entity[] {
    const places = [...this.#stored.keys()];
    const picked = new Set(Array.from({ length: places.length === 0 ? 0 : count }, () => this.#pick(places) ?? ""));
    return [...picked].map((place) => [place, this.#value()] as const);
  }

  #value(): string {
    const issueKeys = sentIssueKeys.filter(() => this.#random.fraction() < 0.2);
    return [this.#sequence, ...(issueKeys.length === 0 ? ["PLAY-1"] : issueKeys)].join(" ");
  }

  /** None, the last one, or that of something stored: then what is newer stays. */
  #limit(): number | undefined {
    const value = this.#pick([...this.#stored.values()]);
    return this.#pick([undefined, this.#sequence, value === undefined ? this.#sequence : sequenceOf(value)]);
  }

  /** @param sequence of the repositories' records */
  #toRequest(entities: readonly Entity[], sequence: number): DevinfoRequest {
    const ids = new Set(entities.map(([place]) => place.slice(0, place.indexOf(" "))));
    const repositories = [...(ids.size === 0 ? [`own-${this.#name}`] : ids)].map((id) => {
      const own = entities.filter(([place]) => place.startsWith(`${id} `));
      const sent = (type: DevinfoEntityType): readonly Sent[] =>
        own.filter(([place]) => place.split(" ")[1] === type).map((entity) => toSent(type, entity));
      return repository(id, sequence, { commits: sent("commit"), branches: sent("branch"), pullRequests: sent("pull_request") });
    });
    // Tags are of all repositories of a request: shared ones get none.
    const isOwn = ![...ids].some((id) => sharedRepositories.includes(id));
    const body = JSON.stringify(bulk(repositories, isOwn ? { properties: { sender: this.#name } } : {}));
    return { method: "POST", path: "/bulk", body };
  }

  #pick<T>(choices: readonly T[]): T | undefined {
    return choices[this.#upTo(choices.length)];
  }

  /** A whole number below that. */
  #upTo(count: number): number {
    return Math.floor(this.#random.fraction() * count);
  }
}

function toSent(type: DevinfoEntityType, [place, value]: Entity): Sent {
  const [sequence, ...issueKeys] = value.split(" ");
  const id = place.split(" ")[2] ?? "";
  const create = { commit, branch, pull_request: pullRequest }[type];
  return create(id, Number(sequence), { issueKeys });
}

export function sequenceOf(value: string): number {
  return Number(value.slice(0, value.indexOf(" ")));
}

/** A few of them, in words. */
export function differences(given: KnownEntities, expected: KnownEntities): readonly string[] {
  const lost = [...expected].filter(([place, value]) => given.get(place) !== value);
  const more = [...given].filter(([place]) => !expected.has(place));
  return [
    ...lost.slice(0, 5).map(([place, value]) => `${place}: ${given.get(place) ?? "none"} for ${value}`),
    ...more.slice(0, 5).map(([place, value]) => `${place}: ${value} for none`),
  ];
}
