import { providerMistake } from "../core/devinfo-provider.js";
import { ValidationError } from "../core/errors.js";
import type { DevinfoBook } from "./devinfo-book.js";
import type { DevinfoScope } from "./devinfo-callers.js";
import { devinfoScopes } from "./devinfo-scopes.js";

/** The turn in which callers are changed: of two that want one name or provider, the second has to find the first. */
export const changesOfCallers = "devinfo-callers";

/** @throws ValidationError */
export function checkId(id: string, kind: "client" | "app"): void {
  if (/^[A-Za-z0-9._-]{1,255}$/.test(id)) return;
  throw new ValidationError(`The name of ${kind === "app" ? "an app" : "a client"} has 1 to 255 letters, digits, \`.\`, \`-\` and \`_\`.`);
}

/** @throws ValidationError for something that is no scope, and for none */
export function checkScopes(scopes: readonly string[]): asserts scopes is readonly DevinfoScope[] {
  const known: readonly string[] = devinfoScopes;
  const unknown = scopes.find((scope) => !known.includes(scope));
  if (unknown !== undefined) throw new ValidationError(`${unknown} is no scope. There is: ${devinfoScopes.join(", ")}.`);
  if (scopes.length === 0) throw new ValidationError(`It needs a scope at least. There is: ${devinfoScopes.join(", ")}.`);
}

/** @throws ValidationError for a name that fits no provider, and for a binding other than that of those who have the provider */
export async function checkProvider(book: DevinfoBook, provider: string, instance: string | undefined): Promise<void> {
  const mistake = providerMistake(provider);
  if (mistake !== undefined) throw new ValidationError(`${provider} ${mistake} Give a provider.`);
  const known = await book.findProvider(provider);
  if (known === undefined || known.instance === instance) return;
  const theirs = known.instance === undefined ? "to no instance" : `to the instance ${known.instance}`;
  throw new ValidationError(`The provider ${provider} has callers that are bound ${theirs}; give the same one, or another provider.`);
}
