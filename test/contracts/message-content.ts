import { expect } from "vitest";
import type { RoomMessage } from "../../src/core/message.js";

/** Elements that clients show (Matrix spec v1.11, "m.room.message msgtypes"), as far as services use them. */
const elements = new Set(
  "a b blockquote br code del details em font h1 h2 h3 h4 h5 h6 hr i li ol p pre s span strong sub summary sup table tbody td th thead tr u ul".split(
    " ",
  ),
);

/** Checks what holds for every message of every service, whatever text it was made of. */
export function expectSafeMessage({ type, content }: RoomMessage): void {
  if (type !== "m.room.message") return;
  const { body, formatted_body: html } = content;
  expect(body).toEqual(expect.stringMatching(/\S/));
  expect(html).toEqual(expect.stringMatching(/\S/));
  expect(content["format"]).toBe("org.matrix.custom.html");
  expectSafeHtml(String(html));
  expectNoMention(content);
  // Half a surrogate pair has no UTF-8 form; homeservers refuse the event.
  expect(JSON.stringify(content)).not.toMatch(/\\ud[89a-f][0-9a-f]{2}/i);
}

/** Its tags in order, without their attributes: what outside text must not change. */
export function skeletonOf({ content }: RoomMessage): readonly string[] {
  return tagsOf(String(content["formatted_body"])).map((tag) => tag.replace(/\s.*$/s, ">"));
}

function tagsOf(html: string): readonly string[] {
  return html.match(/<[^>]*>?/g) ?? [];
}

function expectSafeHtml(html: string): void {
  for (const tag of tagsOf(html)) {
    const [, name = "", attributes = ""] = /^<\/?([a-z0-9]+)((?:\s+[a-z-]+="[^"<>]*")*)\s*\/?>$/.exec(tag) ?? [];
    expect(elements.has(name), `${tag} in ${html}`).toBe(true);
    for (const [, attribute, value = ""] of attributes.matchAll(/([a-z-]+)="([^"]*)"/g)) {
      expect(attribute, `attributes of ${tag}`).toMatch(/^(href|color|class|title|data-mx-(bg-)?color)$/);
      if (attribute === "href") expect(value, `the link ${tag}`).toMatch(/^https?:\/\//);
    }
  }
}

/** Where `m.mentions` stands, clients do not search the text for `@room` and names (Matrix spec v1.7, "User and room mentions"). */
function expectNoMention(content: RoomMessage["content"]): void {
  if (!JSON.stringify([content["body"], content["formatted_body"]]).includes("@")) return;
  expect(content["m.mentions"]).toEqual({});
}
