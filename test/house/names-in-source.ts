import ts from "typescript";

/** A place where a word stands in code. */
export interface Mention {
  readonly line: number;
  readonly text: string;
}

/**
 * Finds literals and names that speak of a word: strings, templates, regular expressions and identifiers, not comments.
 * A word of everyday language counts only where it is the whole literal.
 */
export function mentionsOf(word: string, source: string, everyday: boolean): readonly Mention[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, false);
  const mentions: Mention[] = [];
  const visit = (node: ts.Node): void => {
    const text = wordsOf(node, everyday);
    if (text !== undefined && isAbout(word, text, everyday)) {
      mentions.push({ line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mentions;
}

/** The text of a node that can carry a service's name. Identifiers such as `event.generic` cannot, where the word is an everyday one. */
function wordsOf(node: ts.Node, everyday: boolean): string | undefined {
  if (ts.isLiteralExpression(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) return node.text;
  return ts.isIdentifier(node) && !everyday ? node.text : undefined;
}

function isAbout(word: string, text: string, everyday: boolean): boolean {
  if (everyday) return text === word;
  const start = text.toLowerCase().search(new RegExp(`(?<![a-z0-9])${word.toLowerCase()}(?![a-z0-9])`));
  return start !== -1;
}
