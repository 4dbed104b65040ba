import { ValidationError } from "../../core/errors.js";
import type { TicketingDraft, TicketingPatch } from "../../remotes/ticketing-integration.js";
import { compileSchema, type Problem } from "../../shared/validate.js";
import { changeSchema, members, namedChangeSchema, newIntegrationSchema, texts, type NewIntegration } from "./schema.js";

const validateNew = compileSchema<NewIntegration>(newIntegrationSchema);
const validateChange = compileSchema<Partial<NewIntegration>>(changeSchema);
const validateNamedChange = compileSchema<Partial<NewIntegration>>(namedChangeSchema);

/** @throws ValidationError that tells everything that does not fit at once, and repeats nothing of it */
export function readNewIntegration(body: unknown): TicketingDraft {
  const sent = readValid(validateNew, body);
  return {
    name: sent[members.name],
    installation: sent[members.installation],
    url: sent[members.url],
    username: sent[members.username],
    skipsProxy: sent[members.skipsProxy],
    password: sent[members.password],
  };
}

/** Which integration a program changes, and how. */
interface SentChange {
  readonly name: string;
  readonly patch: TicketingPatch;
}

/**
 * @param pathName as the path names the integration; undefined where the body has to
 * @throws ValidationError as above
 */
export function readChange(body: unknown, pathName: string | undefined): SentChange {
  const sent = readValid(pathName === undefined ? validateNamedChange : validateChange, body);
  const name = sent[members.name];
  if (pathName !== undefined && name !== undefined && name !== pathName) throw new ValidationError(texts.otherName);
  const { [members.installation]: installation, [members.url]: url, username, password, [members.skipsProxy]: skipsProxy } = sent;
  return {
    name: pathName ?? name ?? "",
    patch: {
      ...(installation === undefined ? {} : { installation }),
      ...(url === undefined ? {} : { url }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(skipsProxy === undefined ? {} : { skipsProxy }),
    },
  };
}

function readValid<T>(validate: ReturnType<typeof compileSchema<T>>, body: unknown): T {
  const checked = validate(body);
  if (checked.ok) return checked.value;
  throw new ValidationError([...new Set(checked.problems.map(describeProblem))].join(" "));
}

/** A member that is missing is the whole's problem, by whose own sentence it would be told. */
function describeProblem({ message, params: { missingProperty } }: Problem): string {
  return typeof missingProperty === "string" ? `${missingProperty} is required.` : message;
}
