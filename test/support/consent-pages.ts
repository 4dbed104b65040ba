import { randomUUID } from "node:crypto";
import { escapeHtml } from "../../src/shared/markdown.js";

/** What a person does on the page. */
export interface ConsentDecision {
  /** Name of the account that they are logged in with. */
  readonly person: string;
  readonly isAllowed: boolean;
}

interface ConsentPage {
  /** Path of the form's target on this server. */
  readonly action: string;
  readonly client: string;
  readonly people: readonly string[];
  /** @returns where the browser goes next */
  readonly decide: (decision: ConsentDecision) => string;
}

/** The pages of a stand-in on which people allow a program to act for them: one form, one answer. */
export class ConsentPages {
  readonly #open = new Map<string, ConsentPage["decide"]>();

  /** The page's HTML. */
  show({ action, client, people, decide }: ConsentPage): string {
    const id = randomUUID();
    this.#open.set(id, decide);
    const options = people.map((name) => `<option>${escapeHtml(name)}</option>`).join("");
    return [
      `<!doctype html><title>Allow access</title><h1>Allow ${escapeHtml(client)} to act for you?</h1>`,
      `<form method="post" action="${escapeHtml(action)}"><input type="hidden" name="consent" value="${id}">`,
      `<label>Account <select name="person">${options}</select></label>`,
      `<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>`,
    ].join("\n");
  }

  /** @returns where the browser goes next; undefined for a page that was never shown, or was answered before */
  answer(form: URLSearchParams): string | undefined {
    const id = form.get("consent") ?? "";
    const decide = this.#open.get(id);
    this.#open.delete(id);
    return decide?.({ person: form.get("person") ?? "", isAllowed: form.get("decision") === "allow" });
  }
}

/** An address with more parameters. */
export function withQuery(address: string, more: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(more)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
