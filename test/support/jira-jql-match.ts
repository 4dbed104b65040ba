import type { StandInAccount } from "./jira-accounts.js";
import type { JqlClause, JqlOperand, JqlOperator, JqlOrder, JqlQuery, JqlTest } from "./jira-jql.js";
import { compileTextSearch } from "./jira-jql-text.js";
import { JqlError } from "./jira-jql-tokens.js";
import type { StandInIssue } from "./jira-records.js";
import type { JiraSite } from "./jira-site.js";
import { readText } from "./jira-texts.js";
import { statuses } from "./jira-workflow.js";

type Fits = (issue: StandInIssue) => boolean;

/** A field that is compared with values. */
interface ValueField {
  /** The values of an issue, in lower case; none where it is empty. */
  read(issue: StandInIssue): readonly string[];
  /** What a typed value means, in lower case. @throws JqlError when there is no such thing, or the account may not see it */
  readonly means: (typed: string) => string;
}

/** Finds issues for one account: what it may not see is not there. @throws JqlError */
export function searchIssues(site: JiraSite, account: StandInAccount, query: JqlQuery): readonly StandInIssue[] {
  const fits = query.where === undefined ? (): boolean => true : new Compiler(site, account).clause(query.where);
  const found = site.searchableFor(account).filter(fits);
  const orders = query.orderBy.length === 0 ? [{ field: "created", isDescending: true }] : query.orderBy;
  return orders.map(compileOrder).reduceRight((issues, compare) => issues.toSorted(compare), found);
}

class Compiler {
  readonly #site: JiraSite;
  readonly #account: StandInAccount;

  constructor(site: JiraSite, account: StandInAccount) {
    this.#site = site;
    this.#account = account;
  }

  clause(clause: JqlClause): Fits {
    switch (clause.kind) {
      case "test":
        return this.#test(clause);
      case "not": {
        const part = this.clause(clause.part);
        return (issue) => !part(issue);
      }
      case "and":
      case "or": {
        const parts = clause.parts.map((part) => this.clause(part));
        return (issue) => (clause.kind === "and" ? parts.every((part) => part(issue)) : parts.some((part) => part(issue)));
      }
    }
  }

  #test({ field, operator, operands }: JqlTest): Fits {
    const name = field.toLowerCase();
    if (name === "summary" || name === "description" || name === "text") return textTest(name, operator, operands);
    const values = this.#valueField(name);
    if (values === undefined) throw new JqlError(`Field '${field}' does not exist or you do not have permission to view it.`);
    if (operator === "~" || operator === "!~") throw new JqlError(`The operator '${operator}' is not supported by the '${name}' field.`);
    return valueTest(
      values,
      operator,
      operands.map((operand) => this.#operand(operand, values)),
    );
  }

  /** @returns undefined for EMPTY */
  #operand(operand: JqlOperand, { means }: ValueField): string | undefined {
    if (operand.kind === "empty") return undefined;
    if (operand.kind === "value") return means(operand.text);
    if (operand.name.toLowerCase() === "currentuser") return this.#account.name.toLowerCase();
    throw new JqlError(`Unable to find JQL function '${operand.name}()'.`);
  }

  #valueField(name: string): ValueField | undefined {
    switch (name) {
      case "project":
        return { read: ({ project }) => [project.key.toLowerCase()], means: (typed) => this.#projectMeant(typed) };
      case "key":
      case "issuekey":
      case "issue":
      case "id":
        return { read: ({ key }) => [key.toLowerCase()], means: (typed) => this.#issueMeant(typed) };
      case "status":
        return { read: ({ status }) => [status.toLowerCase()], means: statusMeant };
      case "assignee":
        return {
          read: ({ assignee }) => (assignee === undefined ? [] : [assignee.name.toLowerCase()]),
          means: (typed) => this.#personMeant(typed),
        };
      case "labels":
        return { read: ({ labels }) => labels.map((label) => label.toLowerCase()), means: (typed) => typed.toLowerCase() };
      default:
        return undefined;
    }
  }

  #projectMeant(typed: string): string {
    const wanted = typed.toLowerCase();
    const project = this.#site
      .projectsFor(this.#account)
      .find(({ id, key, name }) => id === typed || key.toLowerCase() === wanted || name.toLowerCase() === wanted);
    if (project === undefined) throw new JqlError(`The value '${typed}' does not exist for the field 'project'.`);
    return project.key.toLowerCase();
  }

  #issueMeant(typed: string): string {
    const issue = this.#site.findIssue(typed);
    const isSeen = issue !== undefined && this.#site.issuesFor(this.#account).includes(issue);
    if (!isSeen) throw new JqlError(`An issue with key '${typed}' does not exist for field 'key'.`);
    return issue.key.toLowerCase();
  }

  #personMeant(typed: string): string {
    const wanted = typed.toLowerCase();
    const { accounts } = this.#site;
    const person =
      accounts.find(typed) ??
      accounts.all.find(({ displayName, email }) => [displayName, email].some((name) => name.toLowerCase() === wanted));
    if (person === undefined) throw new JqlError(`The value '${typed}' does not exist for the field 'assignee'.`);
    return person.name.toLowerCase();
  }
}

function statusMeant(typed: string): string {
  const status = statuses.find(({ id, name }) => id === typed || name.toLowerCase() === typed.toLowerCase());
  if (status === undefined) throw new JqlError(`The value '${typed}' does not exist for the field 'status'.`);
  return status.name.toLowerCase();
}

/** An empty field is neither equal nor unequal to a value: `labels != red` does not find issues without labels. */
function valueTest({ read }: ValueField, operator: JqlOperator, operands: readonly (string | undefined)[]): Fits {
  const isAny: Fits = (issue) => {
    const values = read(issue);
    return operands.some((operand) => (operand === undefined ? values.length === 0 : values.includes(operand)));
  };
  const isPositive = operator === "=" || operator === "in" || operator === "is";
  if (isPositive) return isAny;
  return (issue) => !isAny(issue) && (read(issue).length > 0 || operands.includes(undefined));
}

function textTest(field: "summary" | "description" | "text", operator: JqlOperator, operands: readonly JqlOperand[]): Fits {
  const [operand] = operands;
  if ((operator !== "~" && operator !== "!~") || operand?.kind !== "value") {
    throw new JqlError(`The operator '${operator}' is not supported by the '${field}' field.`);
  }
  const search = compileTextSearch(field, operand.text);
  const fits: Fits = (issue) => textsOf(issue, field).some(search);
  return operator === "~" ? fits : (issue) => !fits(issue);
}

function textsOf({ summary, description, comments }: StandInIssue, field: "summary" | "description" | "text"): readonly string[] {
  const described = description === undefined ? [] : [readText(description).text];
  if (field === "summary") return [summary];
  return field === "description" ? described : [summary, ...described, ...comments.map(({ text }) => readText(text).text)];
}

function compileOrder({ field, isDescending }: JqlOrder): (a: StandInIssue, b: StandInIssue) => number {
  const compare = orderings[field.toLowerCase()];
  if (compare === undefined) throw new JqlError(`Not able to sort using field '${field}'.`);
  return (a, b) => (isDescending ? compare(b, a) : compare(a, b));
}

const orderings: Readonly<Record<string, (a: StandInIssue, b: StandInIssue) => number>> = {
  created: (a, b) => Number(a.id) - Number(b.id),
  updated: (a, b) => a.updated - b.updated,
  key: (a, b) => a.project.key.localeCompare(b.project.key) || numberOf(a) - numberOf(b),
  issuekey: (a, b) => a.project.key.localeCompare(b.project.key) || numberOf(a) - numberOf(b),
  project: (a, b) => a.project.key.localeCompare(b.project.key),
  summary: (a, b) => a.summary.localeCompare(b.summary),
  status: (a, b) => statuses.findIndex(({ name }) => name === a.status) - statuses.findIndex(({ name }) => name === b.status),
  assignee: (a, b) => (a.assignee?.displayName ?? "").localeCompare(b.assignee?.displayName ?? ""),
};

function numberOf({ key }: StandInIssue): number {
  return Number(key.slice(key.lastIndexOf("-") + 1));
}
