/** Why a line cannot be split; the text ends the sentence "PARAMETER …". */
export class WordsError extends Error {}

const BLANK = /[ \t]/;
/** What a shell would act upon and we do not: better an error than a command that silently does something else. */
const OPERATORS = "|&;<>()";
const EXPANSIONS = "$`";

/**
 * Splits a line into words by POSIX shell quoting: '…', "…" and \. Nothing is expanded and there is no shell, so
 * unquoted operators, and $ or ` outside single quotes, are refused.
 * @throws WordsError
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let index = 0;
  const next = () => line[index++];
  for (let char = next(); char !== undefined; char = next()) {
    if (BLANK.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = line.indexOf("'", index);
      if (end < 0) throw new WordsError("has an unclosed '");
      word = (word ?? "") + line.slice(index, end);
      index = end + 1;
    } else if (char === '"') {
      word = (word ?? "") + doubleQuoted(next);
    } else if (char === "\\") {
      const escaped = next();
      if (escaped === undefined) throw new WordsError("ends with a \\");
      word = (word ?? "") + escaped;
    } else if (OPERATORS.includes(char)) {
      throw new WordsError(
        `has ${char} outside quotes, but no shell runs it; write sh -c '…' if one is needed`,
      );
    } else {
      refuseExpansion(char);
      word = (word ?? "") + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function doubleQuoted(next: () => string | undefined): string {
  let text = "";
  for (let char = next(); char !== '"'; char = next()) {
    if (char === undefined) throw new WordsError('has an unclosed "');
    if (char === "\\") {
      const escaped = next();
      if (escaped === undefined) throw new WordsError('has an unclosed "');
      // Inside double quotes a backslash is itself before anything that needs no escaping.
      text += '$`"\\'.includes(escaped) ? escaped : `\\${escaped}`;
    } else {
      refuseExpansion(char);
      text += char;
    }
  }
  return text;
}

function refuseExpansion(char: string): void {
  if (EXPANSIONS.includes(char)) {
    throw new WordsError(`has ${char} that nothing expands; put it in single quotes`);
  }
}
