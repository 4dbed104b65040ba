import type { AuthMode, ConnectorSystem } from "./connector-system.js";
import { choiceOf, isBlank, paramRules, requireText, wrong, type FieldProblem, type Params, type ParamValue } from "./param-rules.js";

/** By param. */
export type ParamProblems = ReadonlyMap<string, FieldProblem>;

const secretName = /_(?:pass|password|token|secret|key)$/i;

/** Whether a param is encrypted at rest and never told: those of the account, and those of trackers that we know nothing of. */
export function isSecretParam(name: string): boolean {
  return secretName.test(name);
}

/**
 * Everything that does not fit.
 * @param params as somebody sent them: nothing of them is known but that they are an object's members
 * @param system undefined when it is not known either: then only what all systems share is checked
 */
export function findParamProblems(params: Readonly<Record<string, unknown>>, system: ConnectorSystem | undefined): ParamProblems {
  const problems = new Map<string, FieldProblem>();
  const note = (name: string, problem: FieldProblem | undefined): void => {
    if (problem !== undefined && !problems.has(name)) problems.set(name, problem);
  };
  for (const name of requiredParams(params, system)) note(name, findRequiredProblem(params, name));
  for (const [name, value] of Object.entries(params)) note(name, findValueProblem(name, value, system));
  return problems;
}

/** Params that nothing is wrong with. */
export function areParams(params: Readonly<Record<string, unknown>>, problems: ParamProblems): params is Params {
  return problems.size === 0 && Object.values(params).every(isParamValue);
}

/** How the connector logs in; the default of its system where it does not say. */
export function authModeOf(params: Readonly<Record<string, unknown>>, { authModes }: ConnectorSystem): AuthMode | undefined {
  if (Object.hasOwn(params, "issue_tracker_auth_mode")) return authModes.find((mode) => mode === params["issue_tracker_auth_mode"]);
  const isTokenAlone = isGiven(params, "issue_tracker_api_token") && !isGiven(params, "issue_tracker_pass");
  return isTokenAlone && authModes.includes("api_token") ? "api_token" : authModes[0];
}

function isGiven(params: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.hasOwn(params, name) && params[name] !== "" && params[name] !== null;
}

function requiredParams(params: Readonly<Record<string, unknown>>, system: ConnectorSystem | undefined): readonly string[] {
  if (system === undefined) return ["issue_tracker_server"];
  return ["issue_tracker_server", ...accountParams(authModeOf(params, system)), ...system.requiredParams];
}

/** @param mode undefined where what was sent is none: that is told, and what would follow from it is not known */
function accountParams(mode: AuthMode | undefined): readonly string[] {
  switch (mode) {
    case "basic":
      return ["issue_tracker_user", "issue_tracker_pass"];
    case "api_token":
    case "personal_access_token":
      return ["issue_tracker_api_token"];
    case undefined:
      return [];
  }
}

function findRequiredProblem(params: Readonly<Record<string, unknown>>, name: string): FieldProblem | undefined {
  if (!Object.hasOwn(params, name)) return { kind: "required" };
  const value = params[name];
  if (value === null) return { kind: "null" };
  if (!isParamValue(value)) return { kind: "not text" };
  return requireText(value) ?? (isBlank(value) ? { kind: "blank" } : undefined);
}

function findValueProblem(name: string, value: unknown, system: ConnectorSystem | undefined): FieldProblem | undefined {
  if (value === null) return { kind: "null" };
  if (!isParamValue(value)) return wrong("Enter a string, a number or a boolean.");
  if (!isKeptAsSent(value)) return wrong("Enter a number as large as this as a string.");
  if (name === "issue_tracker_auth_mode") return system === undefined ? undefined : choiceOf(...system.authModes)(value);
  return paramRules.get(name)?.(value);
}

/** Of larger numbers the last digits are lost already, which matters to a password that is all digits. */
function isKeptAsSent(value: ParamValue): boolean {
  return typeof value !== "number" || Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function isParamValue(value: unknown): value is ParamValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
