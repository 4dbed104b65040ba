import type { LoginReturn } from "../../logins/come-back.js";
import type { WayBack } from "../../logins/undo-address.js";
import type { Undoable, Undone } from "../../logins/undo-login.js";
import { attribute, html, sentenceHtml, type Html, type Page } from "./page.js";

/** Hookshot's own words (reference 6.2). */
const unknownState = "Could not find user which authorised this request. Has it timed out?";

const goBack = html`<p class="soft">You can close this page.</p>`;
const beginAgain = html`<p>Go back to your direct chat with the bot in Matrix and log in again there: that gives you a new link, which is good once and for ten minutes.</p>`;

/** What somebody who comes back from a remote is shown. Nothing that came with them stands in it. */
export function returnPage(outcome: LoginReturn): Page {
  switch (outcome.kind) {
    case "joined":
      return joinedPage(outcome);
    case "refused":
      return refusal(400, titleOfRefusal(outcome), [
        html`<p>${sentenceHtml(outcome.reason)}</p>`,
        html`<p>Nothing was changed.</p>`,
        beginAgain,
      ]);
    case "unreachable":
      return refusal(400, `${outcome.active.service.title} could not be reached`, [
        html`<p>It did not answer when I asked who you are there. Nothing was changed, and the link is used up.</p>`,
        beginAgain,
      ]);
    case "note": {
      const { isGood, title, text } = outcome.note;
      return { status: isGood ? 200 : 400, tone: isGood ? "good" : "bad", title, body: [html`<p>${sentenceHtml(text)}</p>`, goBack] };
    }
    case "incomplete":
      return refusal(400, `Missing ${outcome.missing}`, [html`<p>The address of this page is not whole.</p>`, beginAgain]);
    case "unknown":
      return refusal(404, "This link is no longer good", [html`<p>${unknownState}</p>`, beginAgain]);
  }
}

function joinedPage({ person, active, joined, undo }: Extract<LoginReturn, { readonly kind: "joined" }>): Page {
  const { account, logoutCommand } = joined;
  const body = [
    html`<p>You are <strong>${account.name}</strong> at ${account.at}; commands of <strong>${person}</strong> now act as you there.</p>`,
    html`<p>Go on in Matrix: what ${person} types in a connected room is done with your rights. To log out later, type <code>${logoutCommand}</code> in the direct chat with the bot.</p>`,
    goBack,
  ];
  const page: Page = { status: 200, tone: "good", title: `Logged into ${active.service.title}`, body };
  return undo === undefined
    ? page
    : withForm(
        page,
        html`<p>Is <strong>${person}</strong> not you? Then somebody else's link brought you here. Undo it, within ten minutes:</p>`,
        undo,
      );
}

/** @param action where the form goes */
export function undoPage({ active, person, account }: Undoable, undo: Pick<WayBack, "action" | "word">): Page {
  const title = `Undo the login to ${active.service.title}?`;
  const page: Page = {
    ...{ status: 200, tone: "question", title },
    body: [html`<p><strong>${person}</strong> acts as <strong>${account.name}</strong> at ${account.at}.</p>`],
  };
  return withForm(page, html`<p>Undone, nothing of the login is kept here.</p>`, undo);
}

function withForm(page: Page, lead: Html, { action, word }: Pick<WayBack, "action" | "word">): Page {
  const form = html`<form method="post" action="${attribute(action)}">${lead}<input type="hidden" name="token" value="${attribute(word)}"><button type="submit">Undo this login</button></form>`;
  return { ...page, body: [...page.body, form], formTo: new URL(action).origin };
}

export function undonePage({ kind, active, person, account }: Undone): Page {
  const { title } = active.service;
  switch (kind) {
    case "undone":
      return {
        ...{ status: 200, tone: "good", title: `The login to ${title} is undone` },
        body: [
          html`<p><strong>${person}</strong> no longer acts as <strong>${account.name}</strong> at ${account.at}.</p>`,
          html`<p>If you did not begin this login yourself, look in your settings at ${title} too, and take the access away there.</p>`,
          goBack,
        ],
      };
    case "gone":
      return {
        status: 200,
        tone: "good",
        title: `There is no login to ${title} any more`,
        body: [html`<p>It was ended before.</p>`, goBack],
      };
    case "changed":
      return refusal(400, "Nothing was undone", [
        html`<p><strong>${person}</strong> has logged in to ${title} anew since; that login stays. It can be ended in the direct chat with the bot.</p>`,
      ]);
  }
}

export function unknownUndoPage(): Page {
  return refusal(404, "This cannot be undone here any more", [
    html`<p>A login can be undone here once, and for ten minutes. Later, log out in the direct chat with the bot in Matrix; whoever agreed at the other side can take the access away there, in the settings.</p>`,
  ]);
}

export function badFormPage(): Page {
  return refusal(400, "That was not understood", [html`<p>The form did not come whole. Open the page again and use its button.</p>`]);
}

export function failedPage(id: string): Page {
  return refusal(400, "Something went wrong here", [
    html`<p>Try again; if it goes on, tell the administrator this word, which stands in the log: <code>${id}</code></p>`,
    beginAgain,
  ]);
}

/** For HEAD, where a login waits. */
export function lookPage(): Page {
  return { status: 200, tone: "question", title: "Open this page in a browser", body: [] };
}

function titleOfRefusal({ active }: Extract<LoginReturn, { readonly kind: "refused" }>): string {
  return active === undefined ? "You are not logged in" : `You are not logged in to ${active.service.title}`;
}

function refusal(status: 400 | 404, title: string, body: readonly Html[]): Page {
  return { status, tone: "bad", title, body };
}
