/** What breaks a line, controls a terminal, or lets a text look like another one (Unicode Technical Report 36, 2.10). */
const unfitForLine = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** The same, but for line breaks and tabs. */
const unfitForText = /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;

/** What a reader sees nothing of. The blank pattern of Braille is none of the others. */
const invisible = /[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** What is wrong with a text of one line, such as a title, a tag or a reason; `undefined`: nothing. */
export function lineFault(text: string): string | undefined {
  if (unfitForLine.test(text))
    return "must have no line breaks, control characters or bidirectional overrides";
  return text.replace(invisible, "") === "" ? "must have a visible character" : undefined;
}

/** What is wrong with a text of many lines, which may be empty. */
export function textFault(text: string): string | undefined {
  return unfitForText.test(text)
    ? "must have no control characters but line breaks and tabs, and no bidirectional overrides"
    : undefined;
}
