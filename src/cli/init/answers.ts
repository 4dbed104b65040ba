import type { SetUpAnswers, SetUpQuestion } from "../../app/set-up/questions.js";
import { CommandFailure } from "../failure.js";
import { listOf } from "../secret-files.js";
import type { Terminal } from "../terminal.js";

/** Makes what no flag gives for questions that are never asked. */
type Generate = () => string;

/**
 * Answers from flags and presets, where nobody can be asked.
 * @throws CommandFailure that names every flag that is missing
 */
export function takeAnswers(questions: readonly SetUpQuestion[], given: SetUpAnswers, generate: Generate): SetUpAnswers {
  const missing = questions.filter(({ flag, isRequired }) => isRequired === true && given[flag] === undefined);
  if (missing.length > 0) {
    const flags = listOf(missing.map(({ flag, placeholder }) => `--${flag} <${placeholder}>`));
    throw new CommandFailure(`Nobody can be asked here, and these flags are missing: ${flags}. switchboard init --help describes them.`);
  }
  return Object.fromEntries(questions.map((question) => [question.flag, given[question.flag] ?? presetOf(question, generate)]));
}

/** Asks what the flags leave open, one question after the other. */
export async function askAnswers(
  questions: readonly SetUpQuestion[],
  given: SetUpAnswers,
  { terminal, generate, say }: { readonly terminal: Terminal; readonly generate: Generate; readonly say: (line: string) => void },
): Promise<SetUpAnswers> {
  const answers: Record<string, string | undefined> = {};
  for (const question of questions) {
    const { flag, follows, isGenerated } = question;
    const isIdle = isGenerated === true || (follows !== undefined && answers[follows] === undefined);
    answers[flag] = given[flag] ?? (isIdle ? presetOf(question, generate) : await ask(question, terminal, say));
  }
  return answers;
}

/** Until there is an answer that can be used. */
async function ask(question: SetUpQuestion, terminal: Terminal, say: (line: string) => void): Promise<string | undefined> {
  const { description, preset, isRequired, isSecret } = question;
  const text = `${description.charAt(0).toUpperCase()}${description.slice(1)}${preset === undefined ? "" : ` [${preset}]`}: `;
  for (;;) {
    const typed = (await terminal.ask(text, isSecret)).trim();
    const answer = typed === "" ? preset : typed;
    if (answer === undefined && isRequired !== true) return undefined;
    const problem = answer === undefined ? "is needed" : question.problem?.(answer);
    if (problem === undefined) return answer;
    say(`  That ${problem}.`);
  }
}

/** Sentences on flags whose values cannot be used. A secret is never repeated. */
export function findProblems(questions: readonly SetUpQuestion[], given: SetUpAnswers): readonly string[] {
  return questions.flatMap((question) => {
    const answer = given[question.flag];
    const found = answer === undefined ? undefined : question.problem?.(answer);
    return found === undefined ? [] : [`--${question.flag}: ${found}.`];
  });
}

function presetOf({ preset, isGenerated }: SetUpQuestion, generate: Generate): string | undefined {
  return isGenerated === true ? generate() : preset;
}
