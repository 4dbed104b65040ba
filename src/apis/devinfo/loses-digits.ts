import { entityKinds } from "./judge-entity.js";
import { listOf } from "./judge-repository.js";
import { isObject, member } from "./sent-object.js";

/**
 * Whether a body, parsed as JavaScript does, has an integer that is stored and that a number cannot hold: whole numbers from 2^53 on are what
 * such an integer became. Cheap, since most bodies have none; the others are parsed once more, exactly.
 */
export function losesDigits(body: unknown): boolean {
  if (!isObject(body)) return false;
  const properties = member(body, "properties");
  if (isObject(properties) && Object.values(properties).some(isInexact)) return true;
  const repositories = member(body, "repositories");
  return Array.isArray(repositories) && repositories.some(hasInexact);
}

function hasInexact(repository: unknown): boolean {
  if (!isObject(repository)) return false;
  if (isInexact(member(repository, "updateSequenceId"))) return true;
  return entityKinds.some((kind) => listOf(repository, kind).some(isInexactEntity));
}

function isInexactEntity(entity: unknown): boolean {
  if (!isObject(entity)) return false;
  const lastCommit = member(entity, "lastCommit");
  return (
    isInexact(member(entity, "updateSequenceId")) ||
    isInexact(member(entity, "id")) ||
    (isObject(lastCommit) && isInexact(member(lastCommit, "updateSequenceId")))
  );
}

function isInexact(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}
