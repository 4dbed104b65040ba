import { formatBytes } from "../../http/read-body.js";
import { areParams } from "../../remotes/connector-params.js";
import type { Connector, ConnectorDraft, Connectors } from "../../remotes/connectors.js";
import type { ConnectorSystem } from "../../remotes/connector-system.js";
import {
  blank,
  describeProblem,
  isNull,
  noChoice,
  notADictionary,
  notBoolean,
  notText,
  notUnique,
  required,
  tooLong,
  UnfitFieldsError,
  type FieldErrors,
} from "./errors.js";
import { isObject, pythonType, type JsonObject } from "./json-values.js";
import { maxBodyBytes } from "./parts.js";
import { nameMaxLength } from "./schema.js";

/** A field as it was sent: its value, or what is wrong with it. */
type Read<T> = { readonly value: T } | { readonly errors: FieldErrors };

interface ReadOptions {
  readonly connectors: Pick<Connectors, "systemOf" | "findProblems" | "isNameTaken">;
  /** What is changed: fields that are not sent stay as they are. Absent for a new connector. */
  readonly before?: Connector;
  /** False where nothing is stored. */
  readonly isNameUnique: boolean;
}

/**
 * A connector as a program sent it, whole or in part.
 * @throws UnfitFieldsError that tells everything that does not fit at once
 */
export async function readConnector(body: unknown, options: ReadOptions): Promise<ConnectorDraft> {
  if (!isObject(body)) throw new UnfitFieldsError({ non_field_errors: [notADictionary(pythonType(body))] });
  const name = await readName(body, options);
  const system = readSystem(body, options);
  const inaccessible = readInaccessible(body, options);
  const params = readParams(body, options, "value" in system ? system.value : options.before?.system);
  if ("value" in name && "value" in system && "value" in inaccessible && "value" in params) {
    return { name: name.value, system: system.value, inaccessible: inaccessible.value, params: params.value };
  }
  throw new UnfitFieldsError(errorsOf({ name, system, inaccessible, params }));
}

function errorsOf(fields: Readonly<Record<string, Read<unknown>>>): Readonly<Record<string, FieldErrors>> {
  return Object.fromEntries(Object.entries(fields).flatMap(([field, read]) => ("errors" in read ? [[field, read.errors]] : [])));
}

async function readName(body: JsonObject, { connectors, before, isNameUnique }: ReadOptions): Promise<Read<string>> {
  if (!Object.hasOwn(body, "name")) return before === undefined ? wrong(required) : { value: before.name };
  const sent = body["name"];
  if (sent === null) return wrong(isNull);
  if (typeof sent !== "string") return wrong(notText);
  const name = sent.trim();
  if (name === "") return wrong(blank);
  // Counted as Python counts.
  if (Array.from(name).length > nameMaxLength) return wrong(tooLong(nameMaxLength));
  return isNameUnique && (await connectors.isNameTaken(name, before?.id)) ? wrong(notUnique) : { value: name };
}

function readSystem(body: JsonObject, { connectors, before }: ReadOptions): Read<ConnectorSystem> {
  if (!Object.hasOwn(body, "system")) return before === undefined ? wrong(required) : { value: before.system };
  const sent = body["system"];
  if (sent === null) return wrong(isNull);
  if (!isObject(sent)) return wrong(notADictionary(pythonType(sent)));
  if (!Object.hasOwn(sent, "id")) return wrongId(required);
  const { id } = sent;
  if (id === null) return wrongId(isNull);
  const system = typeof id === "string" ? connectors.systemOf(id) : undefined;
  if (system === undefined) return wrongId(noChoice(typeof id === "string" ? id : JSON.stringify(id)));
  return before === undefined || before.system.id === system.id
    ? { value: system }
    : wrongId("The system of a connector cannot be changed.");
}

function readInaccessible(body: JsonObject, { before }: ReadOptions): Read<boolean> {
  if (!Object.hasOwn(body, "inaccessible")) return { value: before?.inaccessible ?? false };
  const sent = body["inaccessible"];
  if (sent === null) return wrong(isNull);
  return typeof sent === "boolean" ? { value: sent } : wrong(notBoolean);
}

/** @param system undefined where it does not fit: what all systems share is checked all the same */
function readParams(
  body: JsonObject,
  { connectors, before }: ReadOptions,
  system: ConnectorSystem | undefined,
): Read<ConnectorDraft["params"]> {
  // What is stored fitted once; who changes something else need not make it fit again.
  if (!Object.hasOwn(body, "params")) return before === undefined ? wrong(required) : { value: before.params };
  const sent = body["params"];
  if (sent === null) return wrong(isNull);
  if (!isObject(sent)) return wrong(`Expected a dictionary of items but got type "${pythonType(sent)}".`);
  if (before === undefined) return checkParams(sent, connectors, system);
  const merged = mergeParams(before.params, sent);
  if (Buffer.byteLength(JSON.stringify(merged)) > maxBodyBytes) {
    return wrong(`Ensure that all of them together have no more than ${formatBytes(maxBodyBytes)}.`);
  }
  return checkParams(merged, connectors, system);
}

function checkParams(
  params: JsonObject,
  connectors: ReadOptions["connectors"],
  system: ConnectorSystem | undefined,
): Read<ConnectorDraft["params"]> {
  const problems = connectors.findProblems(params, system);
  if (areParams(params, problems)) return { value: params };
  return { errors: Object.fromEntries([...problems].map(([param, problem]) => [param, [describeProblem(problem)]])) };
}

/** Null takes a param away. */
function mergeParams(before: JsonObject, sent: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...before, ...sent }).filter(([, value]) => value !== null));
}

function wrong(sentence: string): { readonly errors: FieldErrors } {
  return { errors: [sentence] };
}

function wrongId(sentence: string): { readonly errors: FieldErrors } {
  return { errors: { id: [sentence] } };
}
