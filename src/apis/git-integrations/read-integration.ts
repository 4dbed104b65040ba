import { ValidationError } from "../../core/errors.js";
import type { GitIntegrationSettings, GitSecrets, SentGitIntegration } from "../../remotes/git-integration.js";
import { compileSchema, type Problem } from "../../shared/validate.js";
import { changeSchema, displayNameMaxLength, newIntegrationSchema, settingNames, texts } from "./schema.js";

/** An integration as a program sends it, once a schema let it through. */
interface SentBody extends Partial<GitIntegrationSettings>, GitSecrets {
  readonly type?: string;
  readonly displayName?: string;
  readonly origin?: string;
}

const validateNew = compileSchema<SentBody & { readonly type: string }>(newIntegrationSchema, { useDefaults: false });
const validateChange = compileSchema<SentBody>(changeSchema);

/** @throws ValidationError that tells everything that does not fit at once, and repeats nothing of it */
export function readNewIntegration(body: unknown): SentGitIntegration & { readonly type: string } {
  const sent = readValid(validateNew, body);
  return { ...toSent(sent), type: sent.type };
}

/** @throws ValidationError as above */
export function readChange(body: unknown): SentGitIntegration {
  return toSent(readValid(validateChange, body));
}

/** Members that the API does not know are left behind. */
function toSent({ type, displayName, origin, username, password, pat, ...others }: SentBody): SentGitIntegration {
  return {
    ...(type === undefined ? {} : { type }),
    ...(displayName === undefined ? {} : { displayName: readDisplayName(displayName) }),
    ...(origin === undefined ? {} : { origin }),
    secrets: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(pat === undefined ? {} : { pat }),
    },
    settings: Object.fromEntries(settingNames.flatMap((name) => (others[name] === undefined ? [] : [[name, others[name]]]))),
  };
}

/** Counted without the blanks around it, which no schema can. */
function readDisplayName(sent: string): string {
  const name = sent.trim();
  if (name === "" || Array.from(name).length > displayNameMaxLength) throw new ValidationError(texts.displayName);
  return name;
}

/** @throws ValidationError as above */
export function readValid<T>(validate: ReturnType<typeof compileSchema<T>>, body: unknown): T {
  const checked = validate(body);
  if (checked.ok) return checked.value;
  throw unfit([...new Set(checked.problems.map(describeProblem))]);
}

/** @param problems sentences that begin with the name of a field */
export function unfit(problems: readonly string[]): ValidationError {
  return new ValidationError(problems.join(" "));
}

/** A member that is missing is the whole's problem, by whose own sentence it would be told. */
function describeProblem({ message, params: { missingProperty } }: Problem): string {
  return typeof missingProperty === "string" ? `${missingProperty} is required.` : message;
}
