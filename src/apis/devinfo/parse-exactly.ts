import { entityKinds } from "./judge-entity.js";
import { listOf } from "./judge-repository.js";
import { LongInteger, wrapLongIntegers } from "./long-integers.js";
import { isObject, member } from "./sent-object.js";

/** A member that may hold an integer of 64 bits which is stored. */
interface IntegerPlace {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

const wrapperName = "integer";

/**
 * A body, with a `LongInteger` for every integer of sixteen figures or more that is stored.
 * @param bytes that `parseBody` took
 * @param body what it made of them
 */
export function parseExactly(bytes: Buffer, body: unknown): unknown {
  const wrapper = freeWrapper(body);
  const exact: unknown = JSON.parse(wrapLongIntegers(bytes, wrapper).toString("utf8"));
  unwrapIntegers(exact, wrapper);
  return exact;
}

/** A name by which integers may be wrapped, since nothing that was sent in the place of one has it. */
function freeWrapper(body: unknown): string {
  const taken = new Set(integerPlaces(body).flatMap(({ holder, name }) => namesIn(holder[name])));
  // By number, so that it stays short however many are taken: it is written once for each integer.
  let number = 0;
  while (taken.has(wrapperName + String(number))) number += 1;
  return wrapperName + String(number);
}

/** Puts integers where they are wrapped by that name. */
function unwrapIntegers(body: unknown, wrapper: string): void {
  for (const { holder, name } of integerPlaces(body)) {
    const value = holder[name];
    const figures = isObject(value) ? member(value, wrapper) : undefined;
    if (typeof figures === "string") holder[name] = new LongInteger(figures);
  }
}

function namesIn(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

/** Values of properties, sequences, and ids, as they are sent. */
function integerPlaces(body: unknown): readonly IntegerPlace[] {
  if (!isObject(body)) return [];
  const properties = member(body, "properties");
  const repositories = member(body, "repositories");
  return [
    ...(isObject(properties) ? Object.keys(properties).flatMap((name) => placeIn(properties, name)) : []),
    ...(Array.isArray(repositories) ? repositories.flatMap((repository: unknown) => placesOfRepository(repository)) : []),
  ];
}

function placesOfRepository(repository: unknown): readonly IntegerPlace[] {
  if (!isObject(repository)) return [];
  const entities = entityKinds.flatMap((kind) => listOf(repository, kind));
  return [...placeIn(repository, "updateSequenceId"), ...entities.flatMap((entity) => placesOfEntity(entity))];
}

function placesOfEntity(entity: unknown): readonly IntegerPlace[] {
  if (!isObject(entity)) return [];
  const lastCommit = member(entity, "lastCommit");
  return [
    ...placeIn(entity, "updateSequenceId"),
    ...placeIn(entity, "id"),
    ...(isObject(lastCommit) ? placeIn(lastCommit, "updateSequenceId") : []),
  ];
}

function placeIn(holder: Readonly<Record<string, unknown>>, name: string): readonly IntegerPlace[] {
  return Object.hasOwn(holder, name) ? [{ holder, name }] : [];
}
