import { createInterface } from "node:readline/promises";

/** What a person at the terminal answers, without blanks around it. */
export async function askText(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}

export const askYesNo = async (question: string): Promise<boolean> =>
  /^(y(es)?|是)$/i.test(await askText(question));
