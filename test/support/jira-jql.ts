import { JqlError, place, readJqlTokens, type JqlToken } from "./jira-jql-tokens.js";

export type JqlOperator = "=" | "!=" | "~" | "!~" | "in" | "not in" | "is" | "is not";

export type JqlOperand =
  { readonly kind: "value"; readonly text: string } | { readonly kind: "empty" } | { readonly kind: "function"; readonly name: string };

export interface JqlTest {
  readonly kind: "test";
  readonly field: string;
  readonly operator: JqlOperator;
  readonly operands: readonly JqlOperand[];
}

export type JqlClause =
  { readonly kind: "and" | "or"; readonly parts: readonly JqlClause[] } | { readonly kind: "not"; readonly part: JqlClause } | JqlTest;

export interface JqlOrder {
  readonly field: string;
  readonly isDescending: boolean;
}

export interface JqlQuery {
  /** Absent: every issue. */
  readonly where?: JqlClause;
  readonly orderBy: readonly JqlOrder[];
}

const operatorSigns: readonly string[] = ["=", "!=", "~", "!~"];
const otherSigns: readonly string[] = [">", ">=", "<", "<="];
const words = ["and", "or", "not", "in", "is", "empty", "null", "order", "by", "asc", "desc"];

/** Reads the part of JQL that the stand-in knows: AND before OR, NOT before both. @throws JqlError as Jira's sentence */
export function parseJql(query: string): JqlQuery {
  return new Parser(readJqlTokens(query)).query();
}

class Parser {
  readonly #tokens: readonly JqlToken[];
  #position = 0;

  constructor(tokens: readonly JqlToken[]) {
    this.#tokens = tokens;
  }

  query(): JqlQuery {
    const where = this.#isAt("order") || this.#next.kind === "end" ? undefined : this.#either();
    const orderBy = this.#takes("order") ? this.#orders() : [];
    if (this.#next.kind !== "end") throw this.#unexpected("'AND', 'OR' or 'ORDER BY'");
    return { ...(where === undefined ? {} : { where }), orderBy };
  }

  #either(): JqlClause {
    const parts = [this.#both()];
    while (this.#takes("or", "||", "|")) parts.push(this.#both());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "or", parts };
  }

  #both(): JqlClause {
    const parts = [this.#negated()];
    while (this.#takes("and", "&&", "&")) parts.push(this.#negated());
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "and", parts };
  }

  #negated(): JqlClause {
    if (this.#takes("not", "!")) return { kind: "not", part: this.#negated() };
    if (!this.#takes("(")) return this.#test();
    const inner = this.#either();
    this.#require(")");
    return inner;
  }

  #test(): JqlTest {
    const field = this.#word("a field name");
    const operator = this.#operator();
    if (operator === "in" || operator === "not in") return { kind: "test", field, operator, operands: this.#list() };
    const operand = this.#operand();
    if ((operator === "is" || operator === "is not") && operand.kind !== "empty") throw this.#unexpected("'EMPTY' or 'NULL'");
    return { kind: "test", field, operator, operands: [operand] };
  }

  #operator(): JqlOperator {
    const { kind, text } = this.#next;
    if (kind === "sign" && otherSigns.includes(text)) throw new JqlError(`The stand-in for Jira does not know the operator '${text}'.`);
    if (kind === "sign" && operatorSigns.includes(text)) {
      this.#position += 1;
      // Listed above.
      return text as "=" | "!=" | "~" | "!~";
    }
    if (this.#takes("in")) return "in";
    if (this.#takes("is")) return this.#takes("not") ? "is not" : "is";
    if (this.#takes("not") && this.#takes("in")) return "not in";
    throw this.#unexpected(
      "operator. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'",
    );
  }

  #list(): readonly JqlOperand[] {
    this.#require("(");
    const operands = [this.#operand()];
    while (this.#takes(",")) operands.push(this.#operand());
    this.#require(")");
    return operands;
  }

  #operand(): JqlOperand {
    if (this.#takes("empty", "null")) return { kind: "empty" };
    const text = this.#word("a value, list or function");
    if (!this.#takes("(")) return { kind: "value", text };
    this.#require(")");
    return { kind: "function", name: text };
  }

  #orders(): readonly JqlOrder[] {
    this.#require("by");
    const orders: JqlOrder[] = [];
    do {
      const field = this.#word("a field name");
      const isDescending = this.#takes("desc");
      if (!isDescending) this.#takes("asc");
      orders.push({ field, isDescending });
    } while (this.#takes(","));
    return orders;
  }

  /** A bare word of the language names nothing unless it is in quotes. */
  #word(what: string): string {
    const token = this.#next;
    if (token.kind !== "word" || (!token.isQuoted && words.includes(token.text.toLowerCase()))) throw this.#unexpected(what);
    this.#position += 1;
    return token.text;
  }

  #isAt(expected: string): boolean {
    const { kind, text } = this.#next;
    if (kind === "word") return !this.#isQuoted && text.toLowerCase() === expected;
    return kind === "sign" && text === expected;
  }

  get #isQuoted(): boolean {
    return this.#next.kind === "word" && this.#next.isQuoted;
  }

  #takes(...expected: readonly string[]): boolean {
    const isThere = expected.some((word) => this.#isAt(word));
    if (isThere) this.#position += 1;
    return isThere;
  }

  #require(expected: string): void {
    if (!this.#takes(expected)) throw this.#unexpected(`'${expected}'`);
  }

  get #next(): JqlToken {
    // The last one is the end, and nothing goes beyond it.
    return this.#tokens[this.#position] ?? { kind: "end", text: "", at: 0 };
  }

  #unexpected(expected: string): JqlError {
    const { kind, text, at } = this.#next;
    const found = kind === "end" ? "the end of the query" : `'${text}'`;
    return new JqlError(`Error in the JQL Query: Expecting ${expected} but got ${found}. ${place(at)}`);
  }
}
