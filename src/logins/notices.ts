import { notice, type RoomMessage } from "../core/message.js";
import type { OAuthOutcome } from "../core/oauth.js";
import type { LoginRenewal } from "../core/ports/personal-logins.js";
import { createMarkdownRenderer, joinMarkdown, markdown, markdownLink, type Markdown } from "../shared/markdown.js";
import { code } from "../shared/sentence.js";

export type Joined = Extract<OAuthOutcome, { readonly kind: "joined" }>;

/** What people are told in the direct chat about their logins. */
export interface LoginNotices {
  /** @param undo absent where there is no page to undo it on */
  joined(
    title: string,
    joined: Pick<Joined, "account" | "logoutCommand">,
    undo?: { readonly url: string; readonly endsAt: number },
  ): RoomMessage;
  undone(title: string, account: Joined["account"]): RoomMessage;
  ended(renewal: Pick<LoginRenewal, "account" | "loginCommand">): RoomMessage;
}

/** Pings nobody, and shows no preview (MSC4095) of the address that undoes a login. */
const quiet = { "m.mentions": {}, "com.beeper.linkpreviews": [] };

export function createLoginNotices(): LoginNotices {
  const renderer = createMarkdownRenderer();
  const say = (...paragraphs: readonly Markdown[]): RoomMessage => {
    const whole = joinMarkdown(paragraphs, "\n\n");
    return notice(whole.text, renderer.block(whole).trim(), quiet);
  };
  return {
    joined(title, { account, logoutCommand }, undo) {
      // Hookshot's own words first (reference 6.2).
      const lead = markdown`Logged into ${title}`;
      const who = markdown`You are ${account.name} at ${account.at}; what you type in rooms now acts there as you.`;
      return say(lead, who, ...(undo === undefined ? [] : [wayBack(undo)]), markdown`To log out, type ${code(logoutCommand)} here.`);
    },
    undone: (title, { name, at }) =>
      say(
        markdown`Logged out of ${title}`,
        markdown`The login as ${name} at ${at} was undone on the page that offered it; nothing of it is kept.`,
      ),
    ended: ({ account, loginCommand }) =>
      say(
        markdown`Your login has ended: ${account} does not let me act as you any more. To log in again, type ${code(loginCommand)} here.`,
      ),
  };
}

function wayBack({ url, endsAt }: { readonly url: string; readonly endsAt: number }): Markdown {
  return markdown`If that is not your account, or it was not you: ${markdownLink("undo this login", url)}. That works until ${timeOf(endsAt)}.`;
}

/** Without the day: it is less than ten minutes away. */
function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 16)} UTC`;
}
