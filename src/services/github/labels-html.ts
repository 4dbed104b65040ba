import { escapeHtml } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { Label } from "./events.js";

/** Labels as text and as the coloured pills that clients show (Hookshot reference 2.3). */
export function labelWords(labels: readonly Label[]): { readonly text: string; readonly html: string } {
  return { text: labels.map(({ name }) => wellFormed(name)).join(", "), html: labels.map(labelHtml).join(" ") };
}

function labelHtml({ name, color, description }: Label): string {
  const colors = color === undefined ? "" : ` data-mx-bg-color="#${color}" data-mx-color="${textColor(color)}"`;
  const title = description === undefined ? "" : ` title="${escape(description)}"`;
  return `<span${colors}${title}>${escape(name)}</span>`;
}

/** Black where that can be read well on the colour: a contrast above 4.5 (WCAG 2.1, success criterion 1.4.3). */
function textColor(background: string): string {
  const contrastWithBlack = (luminance(background) + 0.05) / 0.05;
  return contrastWithBlack > 4.5 ? "#000000" : "#FFFFFF";
}

/** WCAG 2.1, "relative luminance". */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(share: number): number {
  return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function escape(text: string): string {
  return escapeHtml(wellFormed(text));
}
