/** A value of a connector's params. */
export type ParamValue = string | number | boolean;

export type Params = Readonly<Record<string, ParamValue>>;

/** What does not fit. Front ends word all but the last in their own way. */
export type FieldProblem =
  | { readonly kind: "required" }
  | { readonly kind: "null" }
  | { readonly kind: "blank" }
  | { readonly kind: "not text" }
  | { readonly kind: "no choice"; readonly given: string }
  | { readonly kind: "sentence"; readonly sentence: string };

type Rule = (value: ParamValue) => FieldProblem | undefined;

/** By param; what is not here may be anything. Whether something has to be there at all is said elsewhere. */
export const paramRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["issue_tracker_server", onText(checkServer)],
  ["issue_tracker_method", choiceOf("https", "http")],
  ["issue_tracker_context_root", onText(checkContextRoot)],
  ["issue_tracker_user", requireText],
  ["issue_tracker_pass", requireText],
  ["issue_tracker_api_token", requireText],
  ["issue_tracker_validate_cert", checkBoolean],
  ["issue_tracker_phases", onText((text) => checkList(text, { isNeeded: true }))],
  ["sde_statuses_in_scope", onText((text) => checkList(text, { isNeeded: true, choices: ["TODO", "DONE", "NA"] }))],
  ["sde_min_priority", checkPriority],
  ["sde_verification_filter", onText((text) => checkList(text, { isNeeded: false, choices: ["none", "partial", "pass", "fail"] }))],
  ["conflict_policy", choiceOf("issue_tracker", "sde", "timestamp")],
  ["title_format", onText(checkTitleFormat)],
  ["issue_tracker_title_format", onText(checkTitleFormat)],
]);

/** A number does too: user names and passwords may be digits alone. */
export function requireText(value: ParamValue): FieldProblem | undefined {
  return typeof value === "boolean" ? { kind: "not text" } : undefined;
}

export function isBlank(value: ParamValue): boolean {
  return typeof value === "string" && value.trim() === "";
}

export function wrong(sentence: string): FieldProblem {
  return { kind: "sentence", sentence };
}

function onText(check: (text: string) => FieldProblem | undefined): Rule {
  return (value) => (typeof value === "string" ? check(value) : { kind: "not text" });
}

/** @returns a rule under which the value is one of the words */
export function choiceOf(...choices: readonly string[]): Rule {
  return (value) => (typeof value === "string" && choices.includes(value) ? undefined : { kind: "no choice", given: String(value) });
}

const serverForm = /^(?:\[[\da-f:.]+\]|[^\s/\\?#@:%[\]]+)(?::\d{1,5})?$/i;

/** Of everything that a URL could hold, a host and a port: the rest would be another address than the one that is shown. */
function checkServer(text: string): FieldProblem | undefined {
  if (text.trim() === "") return { kind: "blank" };
  if (serverForm.test(text) && URL.canParse(`https://${text}/`)) return undefined;
  return wrong("Enter a host, host:port or [IPv6 address]:port, without scheme, path, blanks and user name.");
}

/** A path stays the one that was typed: no query, no fragment, and no way up. */
function checkContextRoot(text: string): FieldProblem | undefined {
  const isPath = !/[\s\\?#%]/.test(text) && !text.split("/").some((part) => part === "." || part === "..");
  return isPath ? undefined : wrong("Enter a path such as /tracker, without blanks, query and parts that lead up.");
}

function checkBoolean(value: ParamValue): FieldProblem | undefined {
  return typeof value === "boolean" ? undefined : wrong("Must be a valid boolean.");
}

interface ListLimits {
  readonly isNeeded: boolean;
  readonly choices?: readonly string[];
}

function checkList(text: string, { isNeeded, choices }: ListLimits): FieldProblem | undefined {
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (isNeeded && words.length === 0) return { kind: "blank" };
  const unknown = words.find((word) => choices?.includes(word) === false);
  if (unknown === undefined || choices === undefined) return undefined;
  return wrong(`Enter a list of these, with commas between them: ${choices.join(", ")}.`);
}

function checkPriority(value: ParamValue): FieldProblem | undefined {
  const priority = typeof value === "string" && /^\d{1,2}$/.test(value.trim()) ? Number(value) : value;
  const isPriority = typeof priority === "number" && Number.isInteger(priority) && priority >= 1 && priority <= 10;
  return isPriority ? undefined : wrong("Enter a whole number from 1 to 10.");
}

const titleVariables: readonly string[] = ["task_id", "title", "context", "application", "project"];
/** `$name`, `${name}`, `$$` for the sign itself; a sign with nothing of that behind it has no name. */
const variable = /\$(?:(\$)|([a-z_]\w*)|\{([a-z_]\w*)\})?/gi;

function checkTitleFormat(text: string): FieldProblem | undefined {
  const found = [...text.matchAll(variable)].flatMap(([, sign, bare, braced]) => (sign === undefined ? [bare ?? braced ?? ""] : []));
  const missing = ["task_id", "title"].filter((name) => !found.includes(name));
  if (missing.length > 0) return wrong(`The format must hold ${missing.map((name) => `$${name}`).join(" and ")}.`);
  if (found.every((name) => titleVariables.includes(name))) return undefined;
  return wrong(`The format may hold no variables but ${titleVariables.map((name) => `$${name}`).join(", ")}.`);
}
