import { helpLines, type Command } from "../command.js";
import type { AccountCommands } from "./account.js";

/**
 * What a direct chat with the bot understands without a prefix, and its grouped help (reference 3.4).
 * @param anywhere commands that are understood in every room, for help alone
 * @param own the product's commands that are for the direct chat
 */
export function adminCommands(
  anywhere: readonly Command[],
  own: readonly Command[],
  accounts: readonly AccountCommands[],
): readonly Command[] {
  const help: Command = {
    name: "help",
    arguments: [],
    help: "This help text",
    async run() {
      // A group has a heading; `help` stands by itself at the end.
      const groups = [
        `### Connections\n${helpLines([...anywhere, ...own])}\n`,
        ...accounts.map(({ active, commands }) => `### ${active.service.title}\n${helpLines(commands)}\n`),
      ];
      const lines = `${groups.join("")}${helpLines([help])}`;
      return { text: lines, source: lines };
    },
  };
  return [...own, ...accounts.flatMap(({ commands }) => commands), help];
}
