import type { OAuthQuery } from "../../core/oauth.js";
import type { ActiveService } from "../../core/service.js";
import type { Answer, Request, Route, RouteDoc } from "../../http/route.js";
import type { BrowserLogins } from "../../logins/browser-logins.js";
import type { Log } from "../../shared/log.js";
import type { Random } from "../../shared/random.js";
import { createPageAnswers, type Page } from "./page.js";
import { badFormPage, failedPage, lookPage, returnPage, undonePage, undoPage, unknownUndoPage } from "./pages.js";
import { returnQuery, undoWord } from "./schema.js";

export interface OAuthRoutesOptions {
  readonly services: readonly ActiveService[];
  readonly logins: BrowserLogins;
  readonly random: Random;
  readonly log: Pick<Log, "error">;
}

const formType = "application/x-www-form-urlencoded";
const maxFormBytes = 4_096;

/** Where people come back to after logging in at a remote, and where they undo that. Answers are pages for people: 200, 400 or 404. */
export function createOAuthRoutes(options: OAuthRoutesOptions): readonly Route[] {
  const answer = createPageAnswers();
  return [...servicesByPath(options.services)].flatMap(([path, services]) => routesOf(path, services, options, answer));
}

/** Several services may have a path in common, as those of one vendor do; a login knows its service. */
function servicesByPath(services: readonly ActiveService[]): ReadonlyMap<string, readonly ActiveService[]> {
  const byPath = new Map<string, ActiveService[]>();
  for (const active of services) {
    for (const path of active.service.oauth?.callbackPaths ?? []) byPath.set(path, [...(byPath.get(path) ?? []), active]);
  }
  return byPath;
}

function routesOf(
  path: string,
  services: readonly ActiveService[],
  { logins, random, log }: OAuthRoutesOptions,
  answer: (page: Page) => Answer,
): readonly Route[] {
  /** Whoever stands before the page gets a page, whatever happened. */
  async function serve(make: () => Promise<Page>): Promise<Answer> {
    try {
      return answer(await make());
    } catch (error) {
      const id = random.token(12);
      log.error({ id, route: path, error }, "A login in the browser, or undoing one, failed unexpectedly");
      return answer(failedPage(id));
    }
  }
  return [
    {
      method: "GET",
      path,
      handle: ({ method, query }) => serve(() => (method === "HEAD" ? look(services, query, logins) : comeBack(services, query, logins))),
      doc: callbackDoc,
    },
    {
      // The address in the direct chat. Programs that look for a preview open it too, so it changes nothing.
      method: "GET",
      path: `${path}/undo`,
      handle: ({ query }) => serve(() => showUndo(services, query.get("token") ?? "", logins)),
      doc: showUndoDoc,
    },
    {
      // Another site cannot send this form for somebody: it would have to know the word, which is all that counts here.
      method: "POST",
      path: `${path}/undo`,
      maxBodyBytes: maxFormBytes,
      accepts: [formType],
      handle: (request) => serve(() => undo(services, request, logins)),
      doc: undoDoc,
    },
  ];
}

async function comeBack(services: readonly ActiveService[], query: URLSearchParams, logins: BrowserLogins): Promise<Page> {
  return returnPage(await logins.comeBack(services, firstOf(query)));
}

/** For HEAD: programs that look at links before people open them must not use them up. */
async function look(services: readonly ActiveService[], query: URLSearchParams, logins: BrowserLogins): Promise<Page> {
  const refusal = await logins.look(services, firstOf(query));
  return refusal === undefined ? lookPage() : returnPage(refusal);
}

/** The first of each name counts. */
function firstOf(query: URLSearchParams): OAuthQuery {
  return Object.fromEntries([...query].reverse());
}

async function showUndo(services: readonly ActiveService[], word: string, logins: BrowserLogins): Promise<Page> {
  const found = word === "" ? undefined : await logins.findUndoable(services, word);
  // It is ours then, so it may stand in the form.
  return found === undefined ? unknownUndoPage() : undoPage(found, { action: found.action, word });
}

async function undo(services: readonly ActiveService[], { body }: Request, logins: BrowserLogins): Promise<Page> {
  const word = new URLSearchParams(body.toString("utf8")).get("token");
  if (word === null || word === "") return badFormPage();
  const undone = await logins.undo(services, word);
  return undone === undefined ? unknownUndoPage() : undonePage(undone);
}

const page = { contentType: "text/html" };

const callbackDoc: RouteDoc = {
  tag: "OAuth",
  summary: "Where a browser comes back to after somebody logged in at a remote",
  description:
    "The remote sends people here; programs have no business with it. A login counts once: `HEAD` is answered without using it up. " +
    "Answers are pages that say what happened and what to do next.",
  query: returnQuery,
  answers: {
    200: {
      ...page,
      description:
        "The login is kept; the page names both accounts and offers to undo it. Or something else went well, such as the installation of an app.",
    },
    400: { ...page, description: "It was refused, is not whole, is not set up, or the remote could not be asked. Nothing is kept." },
    404: { ...page, description: "Nobody began such a login, it was used before, or it is older than ten minutes." },
  },
};

const undoAnswers = {
  404: { ...page, description: "It was used before, or it is older than ten minutes." },
};

const showUndoDoc: RouteDoc = {
  tag: "OAuth",
  summary: "A page that asks whether a login is to be undone",
  description: "The address that people are told in the direct chat. It changes nothing.",
  query: undoWord,
  answers: { 200: { ...page, description: "Names both accounts, with a button." }, ...undoAnswers },
};

const undoDoc: RouteDoc = {
  tag: "OAuth",
  summary: "Undoes a login",
  description: "Sent by the pages' button.",
  body: undoWord,
  answers: {
    200: { ...page, description: "The login is removed, and the person is told in the direct chat; or there was none any more." },
    400: { ...page, description: "The form is not whole, or another login is there by now, which stays." },
    ...undoAnswers,
  },
};
