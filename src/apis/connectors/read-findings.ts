import { parseHttpUrl } from "../../shared/url.js";
import type { Finding, FindingsReport } from "../../ticketing/finding.js";
import {
  blank,
  isNull,
  noChoice,
  notADictionary,
  notBoolean,
  notText,
  required,
  tooLong,
  UnfitFieldsError,
  type FieldErrors,
} from "./errors.js";
import { findingLimits } from "./findings-schema.js";
import { isObject, pythonType, type JsonObject } from "./json-values.js";

/** A member as it was sent: its value, or what is wrong with it. */
type Read<T> = { readonly value: T } | { readonly errors: FieldErrors };

type SentReport = Omit<FindingsReport, "onlyTargets">;

/**
 * A report as a program sent it.
 * @throws UnfitFieldsError that tells everything that does not fit at once
 */
export function readFindings(body: unknown): SentReport {
  if (!isObject(body)) throw new UnfitFieldsError({ non_field_errors: [notADictionary(pythonType(body))] });
  const target = readText(body, "target", findingLimits.target);
  const project = trimmed(readText(body, "project", findingLimits.project));
  const scanner = trimmed(readText(body, "scanner", findingLimits.scanner));
  const dryRun = readDryRun(body);
  const findings = readList(body);
  if ("value" in target && "value" in project && "value" in scanner && "value" in dryRun && "value" in findings) {
    return {
      target: target.value,
      project: project.value,
      scanner: scanner.value,
      isDryRun: dryRun.value,
      findings: findings.value,
    };
  }
  throw new UnfitFieldsError(errorsOf({ target, project, scanner, dryRun, findings }));
}

function readDryRun(body: JsonObject): Read<boolean> {
  if (!Object.hasOwn(body, "dryRun")) return { value: false };
  const sent = body["dryRun"];
  return typeof sent === "boolean" ? { value: sent } : wrong(sent === null ? isNull : notBoolean);
}

function readList(body: JsonObject): Read<readonly Finding[]> {
  if (!Object.hasOwn(body, "findings")) return wrong(required);
  const sent = body["findings"];
  if (sent === null) return wrong(isNull);
  if (!Array.isArray(sent)) return wrong(`Expected a list of items but got type "${pythonType(sent)}".`);
  if (sent.length === 0) return wrong("This list may not be empty.");
  if (sent.length > findingLimits.findings) return wrong(`Ensure this field has no more than ${findingLimits.findings} elements.`);
  const read = withoutRepeats(sent.map(readFinding));
  const errors = Object.entries(read).flatMap(([position, one]) => ("errors" in one ? [[position, one.errors] as const] : []));
  if (errors.length > 0) return { errors: Object.fromEntries(errors) };
  return { value: read.flatMap((one) => ("value" in one ? [one.value] : [])) };
}

function readFinding(sent: unknown): Read<Finding> {
  if (!isObject(sent)) return { errors: { non_field_errors: [notADictionary(pythonType(sent))] } };
  const fingerprint = readText(sent, "fingerprint", findingLimits.fingerprint);
  const title = readText(sent, "title", findingLimits.title);
  const state = readState(sent);
  const description = readOptional(sent, "description");
  const severity = readOptional(sent, "severity");
  const url = readUrl(sent);
  if (
    !("value" in fingerprint && "value" in title && "value" in state) ||
    !("value" in description && "value" in severity && "value" in url)
  ) {
    return { errors: errorsOf({ fingerprint, title, state, description, severity, url }) };
  }
  return {
    value: {
      fingerprint: fingerprint.value,
      title: title.value,
      state: state.value,
      ...(description.value === undefined ? {} : { description: description.value }),
      ...(severity.value === undefined ? {} : { severity: severity.value }),
      ...(url.value === undefined ? {} : { url: url.value }),
    },
  };
}

/** Of two findings with one fingerprint nobody could say which one counts. */
function withoutRepeats(read: readonly Read<Finding>[]): readonly Read<Finding>[] {
  const positions = new Map<string, number>();
  return read.map((one, position) => {
    if (!("value" in one)) return one;
    const { fingerprint } = one.value;
    const first = positions.get(fingerprint);
    if (first === undefined) positions.set(fingerprint, position);
    return first === undefined ? one : { errors: { fingerprint: [`The finding at ${first} has this fingerprint, too.`] } };
  });
}

function readText(from: JsonObject, name: string, most: number): Read<string> {
  if (!Object.hasOwn(from, name)) return wrong(required);
  const sent = from[name];
  if (sent === null) return wrong(isNull);
  if (typeof sent !== "string") return wrong(notText);
  if (sent.trim() === "") return wrong(blank);
  // Counted as Python counts.
  return sent.length > most && Array.from(sent).length > most ? wrong(tooLong(most)) : { value: sent };
}

/** Null and blank text count as not given. */
function readOptional(from: JsonObject, name: "description" | "severity" | "url"): Read<string | undefined> {
  const sent = Object.hasOwn(from, name) ? from[name] : undefined;
  if (sent === undefined || sent === null || (typeof sent === "string" && sent.trim() === "")) return { value: undefined };
  return readText(from, name, findingLimits[name]);
}

function readUrl(from: JsonObject): Read<string | undefined> {
  const read = readOptional(from, "url");
  if ("errors" in read || read.value === undefined) return read;
  const address = parseHttpUrl(read.value);
  return address === undefined ? wrong("Enter a valid URL.") : { value: address.href };
}

function readState(from: JsonObject): Read<Finding["state"]> {
  if (!Object.hasOwn(from, "state")) return wrong(required);
  const sent = from["state"];
  if (sent === null) return wrong(isNull);
  if (sent === "open" || sent === "fixed") return { value: sent };
  return wrong(noChoice(typeof sent === "string" ? sent : pythonType(sent)));
}

function trimmed(read: Read<string>): Read<string> {
  return "value" in read ? { value: read.value.trim() } : read;
}

function errorsOf(members: Readonly<Record<string, Read<unknown>>>): Readonly<Record<string, FieldErrors>> {
  return Object.fromEntries(Object.entries(members).flatMap(([name, read]) => ("errors" in read ? [[name, read.errors]] : [])));
}

function wrong(sentence: string): { readonly errors: FieldErrors } {
  return { errors: [sentence] };
}
