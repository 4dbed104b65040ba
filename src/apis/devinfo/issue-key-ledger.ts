import { cutText } from "./cut-text.js";

/** At most 256 characters, a hyphen and 255 figures; a character may be two units. */
const longestKey = 1024;
/** Of a key that does not fit, as it is told. */
const longestShown = 255;
/** Nearly all keys; the other pattern costs several times as much. */
const plainKey = /^[A-Z][A-Z0-9_]{1,255}-[0-9]{1,255}$/;
const anyKey = /^\p{L}[\p{L}0-9_]{1,255}-[0-9]{1,255}$/u;

/** Keys of issues that a body names. They are compared and kept in upper case. */
export class IssueKeyLedger {
  /** In upper case, by how they were sent. */
  readonly #seen = new Map<string, string>();
  readonly #unfit = new Set<string>();
  readonly #projects = new Set<string>();

  /** @returns those that fit, in upper case, each once; undefined where something is no text */
  take(sent: readonly unknown[]): readonly string[] | undefined {
    const [first] = sent;
    if (sent.length === 1 && typeof first === "string") return this.#takeOne(first);
    const keys = new Set<string>();
    for (const each of sent) {
      if (typeof each !== "string") return undefined;
      const key = this.#read(each);
      if (key !== undefined) keys.add(key);
    }
    return [...keys];
  }

  /** What has not the form of a key, as it was sent; long ones are cut. */
  get unfit(): readonly string[] {
    return [...this.#unfit];
  }

  /** Projects of those that fit, in upper case. */
  get projects(): readonly string[] {
    return [...this.#projects];
  }

  #takeOne(sent: string): readonly string[] {
    const key = this.#read(sent);
    return key === undefined ? [] : [key];
  }

  #read(sent: string): string | undefined {
    const known = this.#seen.get(sent);
    if (known !== undefined) return known;
    const key = toIssueKey(sent);
    if (key === undefined) this.#unfit.add(shorten(sent));
    else {
      this.#seen.set(sent, key);
      this.#projects.add(projectOf(key));
    }
    return key;
  }
}

/** In upper case; undefined for what has not the form of a key. */
export function toIssueKey(sent: string): string | undefined {
  if (sent.length > longestKey) return undefined;
  const key = sent.toUpperCase();
  return plainKey.test(key) || anyKey.test(key) ? key : undefined;
}

/** @param key that fits */
export function projectOf(key: string): string {
  return key.slice(0, key.lastIndexOf("-"));
}

function shorten(text: string): string {
  const cut = cutText(text, longestShown);
  return cut.length === text.length ? text : `${cut}…`;
}
